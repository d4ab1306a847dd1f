/**
 * Worker: reads its share of the input and sends each connection to the proxy that counts its source.
 * A proxy that comes up, for the first time or again, gets the share from its beginning.
 */
import { type BadLine, readConnLog } from './conn-log.ts';
import { namesOf, type ScanNode } from './events.ts';
import type { Job } from './job.ts';
import type { RunFollower } from './run.ts';

/** The share on its way to one proxy. */
interface Delivery {
  readonly topic: string;
  connections: number;
}

export function worker(node: ScanNode, run: RunFollower, { input }: Job): void {
  const workers = namesOf(node, 'worker');
  const proxies = namesOf(node, 'proxy');
  const share = { index: workers.indexOf(node.name), of: workers.length };
  const up = new Set<string>();
  /** By proxy. A delivery that is not in here any more has been given up. */
  const deliveries = new Map<string, Delivery>();

  run.onNews(() => startSending([...up]));
  node.on('Cluster::node_up', (name) => {
    if (!proxies.includes(name)) return;
    up.add(name);
    if (run.current) startSending([name]);
  });
  node.on('Cluster::node_down', (name) => {
    up.delete(name);
    deliveries.delete(name);
  });

  /** An error, as when the file is gone, ends this process, and the supervisor starts it again. */
  function startSending(to: readonly string[]): void {
    sendShare(to).catch((error) => {
      if (error.code !== 'MUSTER_NODE_LEFT') throw error;
    });
  }

  async function sendShare(to: readonly string[]): Promise<void> {
    const startedAt = performance.now();
    let badLines = 0;
    let firstBadLine: BadLine | null = null;
    const mine = new Map(to.map((proxy) => [proxy, beginDelivery(proxy)]));

    for await (const piece of readConnLog(input, share)) {
      for (const { source, destination, port } of piece.connections) {
        const proxy = proxyOf(source);
        const delivery = mine.get(proxy);
        if (delivery === undefined || delivery !== deliveries.get(proxy)) continue;
        delivery.connections++;
        if (!node.publish(delivery.topic, 'Scan::attempt', source, destination, port)) await node.drained();
      }
      badLines += piece.badLines.length;
      firstBadLine ??= piece.badLines[0] ?? null;
    }

    const took = performance.now() - startedAt;
    for (const [proxy, delivery] of mine) {
      if (delivery !== deliveries.get(proxy)) continue;
      const { topic, connections } = delivery;
      node.publish(topic, 'Scan::share_ends', { connections, badLines, firstBadLine, took });
    }
  }

  function beginDelivery(proxy: string): Delivery {
    const delivery = { topic: node.nodeTopic(proxy), connections: 0 };
    deliveries.set(proxy, delivery);
    node.publish(delivery.topic, 'Scan::share_begins');
    return delivery;
  }

  /** All attempts of one source go to the same proxy, whichever worker reads them. */
  function proxyOf(source: string): string {
    return proxies[fnv1a(source) % proxies.length] as string;
  }
}

/** FNV-1a with 32 bits, a small hash: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
