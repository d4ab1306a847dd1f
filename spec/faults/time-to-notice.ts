/**
 * Time to notice: how soon it has to be seen that nothing comes from a peer any more, although nobody says so.
 */
import type { ExecutionContext } from 'ava';
import { defaults } from '../../layout/defaults.js';

/** The heartbeat that is not answered goes out within the interval; then a probe may have to be given up. */
export const timeToNotice = defaults.heartbeatInterval + defaults.heartbeatTimeout + defaults.probeTimeout;

/** A busy machine may need as long again; TCP alone would need minutes. On virtual time it is `simulated-cluster.spec` that tells. */
export function assertNoticedInTime(t: ExecutionContext, began: number, who: string): void {
  const took = performance.now() - began;
  t.true(took < 2 * timeToNotice, `${who} sees it after ${took} ms`);
}
