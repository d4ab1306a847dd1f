/** A bootstrap script that throws at the workers. */
import type { ClusterNode } from '../../../actors/cluster-node.js';

export default function throws(node: ClusterNode): void {
  if (node.localNodeType() === 'worker') throw new Error('no sensor here');
}
