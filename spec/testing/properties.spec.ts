import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { LayoutDefinition } from '../../index.js';
import { perform } from './commands/command.js';
import { anyLayout } from './layouts.js';
import { Model } from './model.js';
import { options } from './options.js';
import { checkSchedules } from './property.js';
import { traceSchedule } from './trace-schedule.js';

/** Some seconds of a core; `npm run soak` has as many as there is time for. */
const runs = 100;

const seed = Number(process.env.MUSTER_TRIAL_SEED ?? randomInt(1, 1_000_000_000));

test('clusters under random faults keep their promises, and are well again once nothing is wrong', async (t) => {
  t.log(`MUSTER_TRIAL_SEED=${seed}`);
  const failure = await checkSchedules({ seed, runs });
  if (failure === undefined) return t.pass();
  const file = join(tmpdir(), `muster-trial-${seed}.ndjson`);
  await traceSchedule(failure.schedule, file);
  t.fail(`MUSTER_TRIAL_SEED=${seed}\n${failure.report}\n\nits trace: muster inspect ${file}`);
});

test('the order in which nodes start makes no difference in the end', async (t) => {
  t.log(`MUSTER_TRIAL_SEED=${seed}`);
  const orders = anyLayout.chain((layout) => {
    const names = Object.keys(layout);
    return fc.tuple(
      fc.constant(layout),
      fc.shuffledSubarray(names, { minLength: names.length }),
      fc.array(fc.constantFrom(0, 1, 500, 2_500), { minLength: names.length, maxLength: names.length }),
    );
  });
  const property = fc.asyncProperty(orders, async ([layout, order, pauses]) => {
    const names = Object.keys(layout);
    const one = await ending(layout, names, []);
    t.deepEqual(await ending(layout, order, pauses), one);
  });
  await fc.assert(property, { seed, numRuns: 20 });
  t.pass();
});

/** How each node of a cluster sees it, once its nodes have started in this order. */
async function ending(layout: LayoutDefinition, order: readonly string[], pauses: readonly number[]) {
  const model = await Model.create(layout, 1);
  for (const [i, name] of order.entries()) {
    await perform(model, ['start', name]);
    await perform(model, ['wait', String(pauses[i] ?? 0)]);
  }
  await model.cluster.advance(3 * options.retryInterval);
  return Object.keys(layout).map((name) => {
    const node = model.cluster.node(name);
    const { starts, isFullyConnected, isDegraded } = model.witnessOf(node);
    const peers = node.peers.map((peer) => [peer.name, peer.state]);
    // Control nodes may come too late; of several managers, one that hears of another's start does not start its own.
    const isTold = node.localNodeType() !== 'control' && node.getNodeCount('manager') === 1;
    return { name, state: node.state, peers, hasStarted: isTold && starts.size > 0, isFullyConnected, isDegraded };
  });
}
