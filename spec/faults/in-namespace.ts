/**
 * In a namespace: an {@link Ordeal} in a network of its own, in which packets vanish below TCP, so that only TCP's own
 * retransmission brings them back. Where that cannot be, the test is skipped, and its title says why.
 */
import test, { type ExecutionContext } from 'ava';
import { NetworkNamespace, whyNoNamespace } from '../helpers/network-namespace.js';
import type { Ordeal, OrdealPlan } from './ordeal.js';
import { undergo } from './undergo.js';
import type { Verdict } from './verdict.js';

const why = whyNoNamespace();

/** Lets `faults` happen to the ordeal of a test. */
export type Undergo = (faults: (ordeal: Ordeal, namespace: NetworkNamespace) => Promise<void>) => Promise<Verdict>;

export function testInNamespace(
  title: string,
  plan: OrdealPlan,
  body: (t: ExecutionContext, undergo: Undergo) => Promise<void>,
): void {
  if (why !== undefined) {
    test.skip(`SKIPPED, since a network namespace cannot be had here (${why}): ${title}`, () => {});
    return;
  }
  test(title, async (t) => {
    const namespace = await NetworkNamespace.open(t);
    const { within } = namespace;
    await body(t, (faults) => undergo(t, { ...plan, within }, (ordeal) => faults(ordeal, namespace)));
  });
}
