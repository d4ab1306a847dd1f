/**
 * The cluster starts once, and again only if no node that saw it is alive.
 */
import type { Model } from '../model.js';
import type { Witness } from '../witness.js';

/** What is wrong with a manager's raising `cluster_started` now. */
export function startFaults(model: Model, { node: manager }: Witness): string[] {
  return model.processes.flatMap(({ node }) => {
    const isAsked = model.peersOf(manager.name).includes(node.name) && node.localNodeType() !== 'control';
    // Of two processes under one name, the manager may know the other one.
    if (!isAsked || model.twins.has(node.name) || !model.witnessOf(node).starts.has(manager.name)) return [];
    return [`${manager.id}: the cluster starts again, and ${node.id} has seen it start before`];
  });
}
