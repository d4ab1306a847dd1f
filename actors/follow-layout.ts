/**
 * Follow layout: a running node takes another layout. Decides whether it can, and in which order its parts follow.
 * Peerings that both layouts have the same are left alone, so that nothing on them is lost.
 */
import { messageOf } from '../errors.js';
import { differenceOf } from '../layout/difference.js';
import type { Layout } from '../layout/types.js';
import type { NodeCore } from './node-core.js';
import type { NodeParts } from './node-parts.js';

/** Why a node cannot go on in another layout; undefined if it can. */
export function whyNotIn(layout: Layout, { core, pools, stores }: NodeParts): string | undefined {
  if (!Object.hasOwn(layout, core.name)) return `it has no node ${core.name}`;
  const own = differenceOf(core.layout, layout).changed.find(({ name }) => name === core.name);
  if (own?.restarts) return `its own entry has changed (${own.fields.join(', ')}): it has to be restarted`;
  try {
    pools.assign(layout);
  } catch (error) {
    return messageOf(error);
  }
  return stores.whyNot(layout);
}

/** Has the parts of a node follow the layout that it has now. */
export function followLayout(parts: NodeParts, before: Layout): void {
  const { core, bus, clusterLog, logs, membership, peerings, pools, router, subscriber } = parts;
  clusterLog.log('following another layout');
  const kept = isLoggerInstead(core, before);
  const keeps = isLoggerInstead(core, core.layout);
  peerings.follow(before);
  router.invalidate();
  logs.follow();
  const { joined, left, members } = pools.follow();
  for (const topic of joined) void subscriber.subscribe(topic);
  for (const topic of left) void subscriber.unsubscribe(topic);
  if (keeps && !kept) void subscriber.subscribe(core.options.loggerTopic);
  if (kept && !keeps) void subscriber.unsubscribe(core.options.loggerTopic);
  membership.follow();
  // Who has gone may have been the last for whom a subscriber or publisher waits.
  subscriber.progress();
  for (const [topic, name, alive] of members) bus.raise('Muster::pool_changed', [topic, name, alive]);
}

/** Whether the node is a manager that keeps the logs, since there is no logger. */
export function isLoggerInstead({ nodeType, options }: NodeCore, layout: Layout): boolean {
  if (nodeType !== 'manager' || !options.managerIsLogger) return false;
  return !Object.values(layout).some((node) => node.nodeType === 'logger');
}
