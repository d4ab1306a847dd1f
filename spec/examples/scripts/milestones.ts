/** A bootstrap script besides the example's: each proxy says how many attempts have arrived, so that a test knows where it is. */
import type { ClusterNode } from '../../../index.js';

const step = 10_000;

export default function milestones(node: ClusterNode): void {
  if (node.localNodeType() !== 'proxy') return;
  let arrived = 0;
  node.on('Scan::attempt', () => {
    arrived += 1;
    if (arrived % step === 0) console.log(`${arrived} attempts`);
  });
}
