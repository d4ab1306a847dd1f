/**
 * Random run: an {@link Ordeal} by a random plan.
 */
import type { ExecutionContext } from 'ava';
import { happen } from './faults.js';
import { describe, type RandomPlan } from './random-plan.js';
import { undergo } from './undergo.js';

/** By this variable, one run has a certain seed, and there is no other run. */
const variable = 'MUSTER_FAULTS_SEED';

/** Seeds of `count` runs; of one only, if the environment names it. */
export function seeds(count: number): number[] {
  const given = process.env[variable];
  if (given !== undefined) return [Number(given)];
  const first = Math.floor(Math.random() * 1_000_000_000);
  return Array.from({ length: count }, (_, i) => first + i);
}

export async function run(t: ExecutionContext, plan: RandomPlan): Promise<void> {
  t.log(describe(plan));
  t.log(`the same plan again: ${variable}=${plan.seed}`);
  await undergo(t, plan, async (ordeal) => {
    for (const { after, faults } of plan.rounds) {
      await ordeal.flowing(after);
      await Promise.all(faults.map((fault) => happen(ordeal, fault)));
    }
    await ordeal.flowing();
  });
}
