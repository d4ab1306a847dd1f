/**
 * Undergo: an {@link Ordeal} from its start to the verdict, which every one of them has to stand.
 */
import type { ExecutionContext } from 'ava';
import { checkMemory, inMiB } from './memory.js';
import { Ordeal, type OrdealPlan } from './ordeal.js';
import { judge, type Verdict } from './verdict.js';

/**
 * Lets `faults` happen while numbers flow. Checks that each of them arrived once and in order or is counted as lost at
 * both ends, and that no process took more memory than it may.
 */
export async function undergo(
  t: ExecutionContext,
  plan: OrdealPlan,
  faults: (ordeal: Ordeal) => Promise<void>,
): Promise<Verdict> {
  const ordeal = await Ordeal.start(t, plan);
  await faults(ordeal);
  const testimonies = await ordeal.end();
  const verdict = judge(t, ordeal, testimonies);
  const peaks = checkMemory(t, plan, testimonies);
  const { published, missing, lostAtSenders } = verdict;
  t.log(`${published} published, ${missing} missing, ${lostAtSenders} counted as lost; grown by ${inMiB(...peaks)}`);
  return verdict;
}
