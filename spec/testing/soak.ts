/**
 * Soak: random trials, one after the other, until one fails or time is up.
 *
 *   npm run soak -- --minutes 5 [--seed N] [--steps N]
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Trial } from './trial.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(randomInt(1, 1_000_000_000)) },
    steps: { type: 'string', default: '80' },
  },
});
const [minutes, first, steps] = [Number(values.minutes), Number(values.seed), Number(values.steps)];
const end = performance.now() + minutes * 60_000;
let count = 0;
while (performance.now() < end && process.exitCode === undefined) {
  const seed = first + count;
  const { faults } = await Trial.run(seed, steps);
  count += 1;
  if (faults.length === 0) continue;
  console.error(`trial ${count} failed:\n  ${faults.join('\n  ')}`);
  console.error(`again: npm run soak -- --minutes 0.001 --seed ${seed} --steps ${steps}`);
  process.exitCode = 1;
}
console.log(
  `${count} trials of ${steps} steps, seeds from ${first}: ${process.exitCode === 1 ? 'one failed' : 'all well'}`,
);
