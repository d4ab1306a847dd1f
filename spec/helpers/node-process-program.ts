/**
 * The program of a {@link NodeProcess}: joins a cluster, tells its parent what it raises, does what it is told. Ends when
 * it has left, and when its parent is gone.
 *
 *   node node-process-program.js '{"name": …, "layout": …, "options": …, "flows": […]}'
 */
import { type ClusterNode, type FrameworkEvents, joinCluster, type MusterError } from 'muster';
import { Counting } from './counting.js';
import { MemoryWatch } from './memory-watch.js';
import type { Assignment, Call, Deeds, Message } from './node-process.js';
import { StreamSink } from './stream-sink.js';
import { StreamSource } from './stream-source.js';

const recorded: readonly (keyof FrameworkEvents)[] = [
  'Cluster::hello',
  'Cluster::node_up',
  'Cluster::node_down',
  'Cluster::Experimental::node_fully_connected',
  'Cluster::Experimental::cluster_started',
  'Muster::degraded',
  'Muster::recovered',
  'Muster::events_lost',
];
const types = ['logger', 'manager', 'proxy', 'worker'] as const;

const {
  flows,
  stream,
  records,
  stores = [],
  unwatched = [],
  ...assignment
} = JSON.parse(process.argv[2] ?? '') as Assignment;
let counting: Counting | undefined;
let source: StreamSource | undefined;
let sink: StreamSink | undefined;
const memory = new MemoryWatch();

process.on('disconnect', () => process.exit());
if (!process.connected) process.exit();
try {
  const node = await joinCluster({ ...assignment, setup });
  tell({ type: 'joined', id: node.id });
  const deeds = deedsOf(node, counting as unknown as Counting);
  process.on('message', (call: Call) => void obey(deeds, call));
  node.ready().then(
    () => tell({ type: 'ready', code: undefined }),
    (error: MusterError) => tell({ type: 'ready', code: error.code }),
  );
  tell({ type: 'closed', code: (await node.closed)?.code });
  await new Promise((resolve) => setImmediate(resolve)); // who asked it to leave gets an answer first
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
process.disconnect();

function setup(node: ClusterNode): void {
  for (const event of recorded) {
    node.on(event, (...args: unknown[]) => {
      if (args.flat().some((name) => unwatched.includes(name as string))) return;
      const active = Object.fromEntries(types.map((type) => [type, node.getActiveNodeCount(type)]));
      tell({ type: 'fact', fact: [event.slice(event.lastIndexOf(':') + 1), ...args], active });
    });
  }
  counting = new Counting(node);
  counting.begin(flows);
  if (stream !== undefined) source = new StreamSource(node, stream);
  for (const name of stores) node.createStore(name, { persistent: true });
  if (records !== undefined) sink = new StreamSink(node, records);
}

function deedsOf(
  node: ClusterNode,
  counting: Counting,
): { [D in keyof Deeds]: (...args: Parameters<Deeds[D]>) => unknown } {
  return {
    halt: () => counting.halt(),
    burst: (peer, count) => counting.burst(peer, count),
    received: (id, upTo) => counting.received(id, upTo),
    accounts: () => counting.accounts,
    peers: () => node.peers,
    block: (ms) => void setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)),
    published: () => source?.published,
    finish: () => source?.finish(),
    streamed: (id, upTo) => sink?.received(id, upTo),
    slow: (slowness) => sink?.slow(slowness),
    memory: () => memory.use,
    leave: () => node.leave(),
  };
}

async function obey(deeds: object, { call, deed, args }: Call): Promise<void> {
  const value = await (deeds as Record<string, (...args: readonly unknown[]) => unknown>)[deed]?.(...args);
  tell({ type: 'answer', call, value });
}

function tell(message: Message): void {
  if (process.connected) process.send?.(message);
}
