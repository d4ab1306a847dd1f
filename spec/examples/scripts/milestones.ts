/**
 * A bootstrap script besides the example's: each proxy says how many attempts have arrived, so that a test knows where it
 * is, and in the end whose they were.
 */
import type { ClusterNode } from '../../../index.js';

const step = 10_000;

export default function milestones(node: ClusterNode): void {
  if (node.localNodeType() !== 'proxy') return;
  let arrived = 0;
  const sources = new Set<string>();
  node.on('Scan::attempt', (source: string) => {
    sources.add(source);
    arrived += 1;
    if (arrived % step === 0) console.log(`${arrived} attempts`);
  });
  node.on('Muster::leaving', () => console.log(JSON.stringify([...sources])));
}
