/**
 * Random faults: a few runs. Many more are in `random.long.ts`.
 */
import test from 'ava';
import { planOf } from './random-plan.js';
import { run, seeds } from './random-run.js';

for (const seed of seeds(3)) {
  test.serial(
    `whatever happens, every number arrives once and in order, or is counted at both ends: ${seed}`,
    async (t) => {
      const plan = planOf(seed);
      await run(t, { ...plan, rounds: plan.rounds.slice(0, 1) });
    },
  );
}
