/**
 * Proxy: counts, for each source that is its own, the different (destination, port) pairs it tried.
 * A pair that comes twice counts once, so a share may be sent again. A proxy that is started again starts from zero.
 */
import type { CountedShare, ScanNode } from './events.ts';
import type { Job } from './job.ts';

export function proxy(node: ScanNode, { threshold }: Job): void {
  const pairsOf = new Map<string, Set<string>>();
  /** Worker → connections of its present share that have arrived. */
  const arrived = new Map<string, number>();
  const shares = new Map<string, CountedShare>();

  node.on('Scan::share_begins', () => {
    arrived.set(sender(), 0);
  });

  node.on('Scan::attempt', (source, destination, port) => {
    const worker = sender();
    arrived.set(worker, (arrived.get(worker) ?? 0) + 1);

    const pairs = pairsOf.get(source) ?? new Set();
    if (pairs.size === 0) pairsOf.set(source, pairs);
    const before = pairs.size;
    const { size } = pairs.add(`${destination} ${port}`);
    if (size > before && size === threshold) node.publish(node.options.managerTopic, 'Scan::scanner', source);
  });

  node.on('Scan::share_ends', (share) => {
    const worker = sender();
    shares.set(worker, { ...share, arrived: arrived.get(worker) ?? 0 });
    report();
  });

  node.on('Cluster::node_up', (name) => {
    if (node.nodes()[name]?.nodeType === 'manager') report();
  });

  function report(): void {
    const scanners = new Map<string, number>();
    for (const [source, { size }] of pairsOf) if (size >= threshold) scanners.set(source, size);
    node.publish(node.options.managerTopic, 'Scan::counted', { shares, scanners });
  }

  /** Inside a handler: who published the event. */
  const sender = (): string => node.eventSender() ?? node.name;
}
