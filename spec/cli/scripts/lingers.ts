/** A bootstrap script whose node never finishes leaving. */
import type { ClusterNode } from '../../../actors/cluster-node.js';

export default function lingers(node: ClusterNode): void {
  Object.assign(node, { leave: () => new Promise(() => {}) });
}
