/**
 * Random faults: a hundred runs, of which each is a test, so that one that fails does not end the others.
 */
import test from 'ava';
import { planOf } from './random-plan.js';
import { run, seeds } from './random-run.js';

for (const seed of seeds(100)) {
  test.serial(
    `whatever happens, every number arrives once and in order, or is counted at both ends: ${seed}`,
    async (t) => {
      t.timeout(120_000, 'this run hangs');
      await run(t, planOf(seed));
    },
  );
}
