import test, { type ExecutionContext } from 'ava';
import type { ClusterNode, LogStream } from '../../index.js';
import { type SimulatedCluster, simulateCluster } from '../../testing/index.js';

const ip = '127.0.0.1';
const layout = {
  manager: { nodeType: 'manager', ip, port: 1 },
  'logger-1': { nodeType: 'logger', ip, port: 2 },
  'logger-2': { nodeType: 'logger', ip, port: 3 },
  'worker-1': { nodeType: 'worker', ip },
  'worker-2': { nodeType: 'worker', ip },
} as const;
const loggers = ['logger-1', 'logger-2'] as const;
const workers = ['worker-1', 'worker-2'] as const;
const columns = { worker: 'string', n: 'count' } as const;
type Stream = LogStream<typeof columns>;

/** Every record in the files of a logger: `worker n`. */
function recordsOf(cluster: SimulatedCluster, logger: string): string[] {
  const texts = [...cluster.filesOf(logger)].filter(([path]) => /numbers.*\.log$/.test(path));
  return texts.flatMap(([, bytes]) => {
    return Buffer.from(bytes)
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => Object.values(JSON.parse(line)).join(' '));
  });
}

async function trial(t: ExecutionContext, seed: number): Promise<void> {
  const streams = new Map<string, Stream>();
  const setup = (node: ClusterNode) => {
    streams.set(node.name, node.createLogStream('Numbers::LOG', { columns }));
  };
  const options = { retryInterval: 500, leaveTimeout: 1_000, logRotationSize: 2_000 };
  const cluster = await simulateCluster({ layout, setup, options, seed });
  const chance = (one: number) => cluster.random() < one;
  const oneOf = <T>(list: readonly T[]) => list[Math.floor(cluster.random() * list.length)] as T;
  let n = 0;
  for (let step = 0; step < 60; step++) {
    for (const worker of workers) {
      for (let i = 0; i < 30; i++) {
        n += 1;
        streams.get(worker)?.write({ worker, n });
      }
      if (chance(0.5)) void streams.get(worker)?.flush();
    }
    const logger = oneOf(loggers);
    if (chance(0.2) && cluster.running.includes(logger)) cluster.crash(logger);
    else if (chance(0.4)) await cluster.start(logger);
    else if (chance(0.3)) cluster.cut(logger, oneOf(workers));
    await cluster.advance(cluster.random() * 400);
  }
  for (const logger of loggers) await cluster.start(logger);
  const flushed: string[] = [];
  for (const worker of workers)
    void streams
      .get(worker)
      ?.flush()
      .then(() => flushed.push(worker));
  t.true(await cluster.until(() => flushed.length === workers.length), `seed ${seed}`);

  const all = new Set<string>();
  for (const logger of loggers) {
    const records = recordsOf(cluster, logger);
    t.is(new Set(records).size, records.length, `seed ${seed}: ${logger} has each record once`);
    for (const record of records) all.add(record);
  }
  t.is(all.size, n, `seed ${seed}: each record is kept`);
  for (const worker of workers) t.like(streams.get(worker)?.stats, { lost: 0 });
  const pending = [...workers, 'manager', ...loggers].map((name) => [name, cluster.pendingOf(name)] as const);
  for (const [name] of pending) await cluster.leave(name);
  // What was on its way to them has come.
  await cluster.advance(100);
  for (const [name, count] of pending) t.is(count(), 0, `${name} has no timer any more`);
}

test('simulated loggers crash and links are cut: each record is kept, and no file has one twice', async (t) => {
  for (let seed = 1; seed <= 6; seed++) await trial(t, seed);
});
