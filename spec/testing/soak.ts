/**
 * Soak: random schedules, one after the other, until one fails, time is up or somebody interrupts. Prints how often each
 * fault has struck in each state.
 *
 *   npm run soak -- [--minutes 5] [--seed N]      as many as there is time for
 *   npm run soak -- --seed N --path "P"           one that has failed, again
 *
 * With --trace FILE, what happens in the one that fails is written there, for `muster inspect`.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Coverage } from './coverage.js';
import { checkSchedules, type Failure } from './property.js';
import { traceSchedule } from './trace-schedule.js';

/** Schedules of one seed. */
const batch = 200;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(randomInt(1, 1_000_000_000)) },
    path: { type: 'string' },
    trace: { type: 'string' },
  },
});
const first = Number(values.seed);
let end = performance.now() + Number(values.minutes) * 60_000;
process.once('SIGINT', () => {
  end = 0;
});
const coverage = new Coverage();
let count = 0;
let failure: Failure | undefined;
let seed = first;
if (values.path !== undefined) {
  failure = await checkSchedules({ seed, runs: 1, path: values.path });
  if (failure === undefined) console.log('it does not fail any more');
} else {
  while (failure === undefined && performance.now() < end) {
    failure = await checkSchedules({ seed, runs: batch, coverage });
    seed += 1;
    count += batch;
  }
  if (failure === undefined) console.log(`${coverage.table()}\n`);
  const seeds = `seeds ${first} to ${seed - 1}, ${batch} of each`;
  console.log(failure === undefined ? `${count} schedules, ${seeds}: all well` : `one of ${seeds}, failed`);
}
if (failure !== undefined) {
  console.error(`fault: ${failure.report}`);
  if (values.trace !== undefined) {
    await traceSchedule(failure.schedule, values.trace);
    console.error(`its trace: node lib/muster.js inspect ${values.trace}`);
  }
  process.exitCode = 1;
}
