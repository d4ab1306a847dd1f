/**
 * Worker: reads its share of the input and publishes each connection to the proxy that counts its source.
 * Which one that is, is for the pool to say. A source has the same proxy at every worker as long as the same proxies are
 * alive: so a share is sent while all of them are, and again from its beginning when one has been away.
 */
import { type BadLine, readConnLog } from './conn-log.ts';
import { namesOf, type ScanNode } from './events.ts';
import type { Job } from './job.ts';
import type { RunFollower } from './run.ts';

export function worker(node: ScanNode, run: RunFollower, { input }: Job): void {
  const workers = namesOf(node, 'worker');
  const share = { index: workers.indexOf(node.name), of: workers.length };
  const proxies = node.proxyPool;
  /** Number of the present delivery. One that is not this any more has been given up. */
  let current = 0;

  run.onNews(beginAnew);
  node.on('Muster::pool_changed', (topic) => {
    if (topic === proxies.spec.topic) beginAnew();
  });

  /** An error, as when the file is gone, ends this process, and the supervisor starts it again. */
  function beginAnew(): void {
    current++;
    if (!run.current || proxies.aliveCount < proxies.members.length) return;
    sendShare(current).catch((error) => {
      if (error.code !== 'MUSTER_NODE_LEFT') throw error;
    });
  }

  async function sendShare(delivery: number): Promise<void> {
    const startedAt = performance.now();
    let connections = 0;
    let badLines = 0;
    let firstBadLine: BadLine | null = null;
    node.publish(proxies.spec.topic, 'Scan::share_begins');

    for await (const piece of readConnLog(input, share)) {
      for (const { source, destination, port } of piece.connections) {
        if (delivery !== current) return;
        connections++;
        if (!node.publishHrw(proxies, source, 'Scan::attempt', source, destination, port)) await node.drained();
      }
      badLines += piece.badLines.length;
      firstBadLine ??= piece.badLines[0] ?? null;
    }

    if (delivery !== current) return;
    const took = performance.now() - startedAt;
    node.publish(proxies.spec.topic, 'Scan::share_ends', { connections, badLines, firstBadLine, took });
  }
}
