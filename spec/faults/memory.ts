/**
 * Memory: what both ends of an {@link Ordeal} may take. Of each peer, a node holds what it publishes within
 * `maxBufferedBytes`, and as much as `creditWindow` on the way in either direction.
 */
import type { ExecutionContext } from 'ava';
import { defaults } from '../../layout/defaults.js';
import type { OrdealPlan, Testimony } from './ordeal.js';

const mib = 1_024 * 1_024;
/** Of any process, whatever its bounds: garbage that waits to be collected, most of it. */
const allowance = 128 * mib;

/** Checks that no node took more than it may. @returns by how much each has grown, at its peak. */
export function checkMemory(t: ExecutionContext, plan: OrdealPlan, testimonies: readonly Testimony[]): number[] {
  const { maxBufferedBytes = defaults.maxBufferedBytes, creditWindow = defaults.creditWindow } = plan.options;
  return testimonies.map(({ life: { node }, memory: { before, peak }, published, peers }) => {
    const perPeer = (Object.keys(published).length > 0 ? maxBufferedBytes : 0) + creditWindow;
    const bound = peers.length * perPeer + allowance;
    t.true(peak - before <= bound, `${node.name} has grown by ${inMiB(peak - before)}, beyond ${inMiB(bound)}`);
    return peak - before;
  });
}

/** Sizes in words. */
export function inMiB(...sizes: readonly number[]): string {
  return `${sizes.map((size) => (size / mib).toFixed(0)).join(', ')} MiB`;
}
