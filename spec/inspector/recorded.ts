/** Traces of simulated clusters, and stores that hold them. */
import { TraceStore } from '../../inspector/model/trace-store.js';
import { type SimulatedCluster, simulateCluster, toLine } from '../../testing/index.js';
import type { TraceRecord } from '../../trace/record.js';

export const layout = {
  logger: { nodeType: 'logger', ip: '127.0.0.1', port: 5_001 },
  manager: { nodeType: 'manager', ip: '127.0.0.1', port: 5_002 },
  'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  'worker-2': { nodeType: 'worker', ip: '127.0.0.1' },
} as const;

export interface Recorded {
  readonly store: TraceStore;
  readonly records: readonly TraceRecord[];
  readonly cluster: SimulatedCluster;
  /** The time in the store of a moment of the simulation, in ms since it began. */
  at(now: number): number;
}

/** A cluster that comes up, whose manager loses a worker for a while, and what `then` does to it. */
export async function recorded(then?: (cluster: SimulatedCluster) => Promise<void>): Promise<Recorded> {
  const records: TraceRecord[] = [];
  const cluster = await simulateCluster({
    layout,
    seed: 3,
    options: { retryInterval: 1_000 },
    trace: (record) => records.push(record),
    setup: (node) => {
      node.createStore('hosts');
      node.on('App::hello', () => {});
      node.on('Cluster::node_up', () => {
        if (node.name !== 'manager') node.publish(node.options.managerTopic, 'App::hello', 1);
      });
    },
  });
  await cluster.until(() => cluster.running.every((name) => cluster.node(name).state === 'ready'));
  await cluster.advance(3_000);
  await then?.(cluster);
  const store = storeOf(records);
  const [first] = records as [TraceRecord];
  return { store, records, cluster, at: (now) => first.wall - first.monotonic + now };
}

export function storeOf(records: readonly TraceRecord[]): TraceStore {
  const store = new TraceStore();
  store.append(records.map((record) => toLine(record).trimEnd()));
  return store;
}

/** A record with what all have. */
export function record(fields: Partial<TraceRecord> & Pick<TraceRecord, 'kind' | 'data'>): TraceRecord {
  return {
    version: 1,
    node: 'worker-1',
    id: 'worker-1_1',
    sequence: 1,
    wall: 1_000,
    monotonic: 0,
    ...fields,
  } as TraceRecord;
}
