/**
 * A stream of events through Muster: a manager that publishes to its workers or its loggers, as a user would write it.
 */
import { connect, type Socket } from 'node:net';
import { partsOf } from '../../actors/cluster-node.js';
import { serveFeed } from '../../cli/inspector/serve-feed.js';
import { type ClusterNode, joinCluster, type LayoutDefinition, type OptionsInput } from '../../index.js';
import type { TraceScope } from '../../trace/tracer.js';
import { defineRole } from '../harness/role.js';
import { peakMemory, read } from './meter.js';
import { createSource } from './source.js';
import { Arrivals, type WorkloadName, workloads } from './workloads.js';

export interface MusterStreamInput {
  readonly layout: LayoutDefinition;
  readonly stateDir: string;
  readonly workload: WorkloadName;
  /** Options of all nodes, besides those of the bench. */
  readonly options?: OptionsInput;
  /** Names of the workers or loggers: those that this process runs, or to which it publishes. */
  readonly workers: readonly string[];
}

/** Who watches a node listens on a unix socket, and reads what it tells. */
export interface Watch {
  readonly socket: string;
  readonly scope: TraceScope;
}

export const musterPublisher = defineRole(
  import.meta.url,
  'musterPublisher',
  async ({ layout, stateDir, workload: name, workers, options }: MusterStreamInput) => {
    const workload = workloads[name];
    const node = await joinCluster({
      layout,
      name: 'manager',
      options: { ...options, stateDir, logLevel: 'error', retryInterval: 50 },
    });
    const source = createSource(node, workload, workers.length);
    return {
      begin: () => source.begin(),
      read: () => read(source.published),
      finish: async () => ({ published: await source.stop(), peakMemory: peakMemory() }),
      faults: () => lossesOf(node),
      watch: watchable([node]),
      close: () => node.leave(),
    };
  },
);

export const musterSubscriber = defineRole(
  import.meta.url,
  'musterSubscriber',
  async ({ layout, stateDir, workload: name, workers, options }: MusterStreamInput) => {
    const workload = workloads[name];
    const arrivals = workers.map(() => new Arrivals(workload));
    const nodes = await Promise.all(
      workers.map((worker, i) => {
        const own = arrivals[i] as Arrivals;
        return joinCluster({
          layout,
          name: worker,
          options: { ...options, stateDir, logLevel: 'warn', retryInterval: 50 },
          setup: (node) => {
            node.on(workload.event, (sequence: number, a: unknown, b: unknown, c: unknown, d: unknown) =>
              own.take(sequence, a, b, c, d),
            );
          },
        });
      }),
    );
    await Promise.all(nodes.map((node) => node.ready()));

    return {
      read: () => read(arrivals.reduce((sum, { count }) => sum + count, 0)),
      counts: () => arrivals.map(({ count }) => count),
      faults: () => [...arrivals.flatMap(({ fault }) => fault ?? []), ...nodes.flatMap(lossesOf)],
      peakMemory,
      watch: watchable(nodes),
      close: () => Promise.all(nodes.map((node) => node.leave())),
    };
  },
);

/** Has nodes tell what they do to who watches, and to nobody any more when that is null. */
function watchable(nodes: readonly ClusterNode[]): (watch: Watch | null) => void {
  let connections: Socket[] = [];
  return (watch) => {
    for (const connection of connections) connection.destroy();
    connections = [];
    if (watch === null) return;
    for (const node of nodes) {
      const connection = connect(watch.socket);
      connections.push(connection);
      serveFeed(partsOf(node).core.tracer, watch.scope, connection);
    }
  };
}

/** In words, what a node has counted as lost. */
export function lossesOf({ peers, name }: ClusterNode): string[] {
  return peers.flatMap(({ name: peer, counters }) =>
    Object.entries(counters.lost).map(([reason, count]) => `${name}, ${peer}: ${count} events lost (${reason})`),
  );
}
