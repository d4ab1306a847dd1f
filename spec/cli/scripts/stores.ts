/** A bootstrap script with a store in memory, one on the disk, and one that only workers know. */
import type { ClusterNode } from '../../../index.js';

export const options = {
  stores: {
    away: { masterNode: 'manager' },
    broken: { options: { path: '/dev/null/nowhere' } },
  },
};

export default function stores(node: ClusterNode): void {
  node.createStore('mem');
  node.createStore('disk', { persistent: true });
  node.createStore('broken', { persistent: true });
  if (node.localNodeType() === 'worker') node.createStore('away');
}
