/**
 * A bootstrap script with a bug: workers report what they have counted, the manager adds it up.
 * It works on every desk, and loses counts when a worker is cut off for longer than `resumeInterval`.
 */
import type { ClusterNode } from 'muster';

export interface Events {
  'Tally::counted': [count: number];
}

/** What the manager has added up. */
export const totals = new Map<string, number>();

export default function tally(node: ClusterNode<Events>): void {
  totals.set(node.id, 0);
  // The bug: a count that is published while the manager is away for too long is gone, and nobody publishes it again.
  node.on('Tally::counted', (count) => totals.set(node.id, (totals.get(node.id) ?? 0) + count));
}

/** Told of something at a worker. */
export function count(node: ClusterNode<Events>): void {
  node.publish(node.options.managerTopic, 'Tally::counted', 1);
}
