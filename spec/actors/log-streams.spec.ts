import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { type ClusterNode, joinCluster, type LogStream, MusterError, type OptionsInput } from '../../index.js';
import { type StartOptions, TestCluster } from '../helpers/test-cluster.js';

const definition = { columns: { ts: 'time', n: 'count', text: 'string' } } as const;
type Stream = LogStream<(typeof definition)['columns']>;

/** The records of `numbers.log` of a node, in its order. */
async function numbersOf(stateDir: string, node: string, path = 'numbers'): Promise<number[]> {
  const text = await readFile(join(stateDir, 'logs', node, `${path}.log`), 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).n);
}

function withStream(given: OptionsInput = {}): StartOptions & { stream(): Stream } {
  let stream: Stream | undefined;
  return {
    options: given,
    setup: (node) => {
      stream = node.createLogStream('Numbers::LOG', definition);
    },
    stream: () => stream as Stream,
  };
}

function write(stream: Stream, from: number, to: number): void {
  for (let n = from; n <= to; n++) stream.write({ ts: n, n, text: `number ${n}` });
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

async function start(t: ExecutionContext, names: readonly string[], options: OptionsInput = {}) {
  const cluster = await TestCluster.create(t, names, options);
  const worker = withStream();
  const nodes = await cluster.startAll({ 'worker-1': worker });
  return { cluster, nodes, stream: worker.stream(), node: nodes['worker-1']?.node as ClusterNode };
}

test('each record goes to the next logger that is up', async (t) => {
  const { cluster, stream, node } = await start(t, ['manager', 'logger-1', 'logger-2', 'logger-3', 'worker-1']);
  write(stream, 1, 300);
  await node.flush();
  const kept = await Promise.all([1, 2, 3].map((i) => numbersOf(cluster.stateDir, `logger-${i}`)));
  t.deepEqual(
    kept.map(({ length }) => length),
    [100, 100, 100],
  );
  t.deepEqual(
    kept.flat().sort((a, b) => a - b),
    upTo(300),
  );
  t.deepEqual(stream.stats, { written: 300, vetoed: 0, kept: 300, lost: 0 });
  t.deepEqual(await readdir(join(cluster.stateDir, 'logs')), ['logger-1', 'logger-2', 'logger-3']);
});

test('without round robin all records go to one logger, and to another when that is gone', async (t) => {
  const options = { enableRoundRobinLogging: false };
  const { cluster, stream, node, nodes } = await start(t, ['manager', 'logger-1', 'logger-2', 'worker-1'], options);
  write(stream, 1, 1_000);
  await stream.flush();
  t.deepEqual(await numbersOf(cluster.stateDir, 'logger-1'), upTo(1_000));
  await nodes['logger-1']?.node.leave();
  await cluster.until(() => node.peers.some(({ name, state }) => name === 'logger-1' && state !== 'up'));
  write(stream, 1_001, 1_010);
  await stream.flush();
  t.deepEqual(await numbersOf(cluster.stateDir, 'logger-2'), upTo(1_010).slice(1_000));
});

test('records leave by themselves after a second', async (t) => {
  const { cluster, stream } = await start(t, ['manager', 'worker-1']);
  write(stream, 1, 1);
  while (stream.stats.kept === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.deepEqual(await numbersOf(cluster.stateDir, 'manager'), [1]);
});

test('without loggers the manager keeps them; unless it may not: then each node keeps its own', async (t) => {
  for (const [managerIsLogger, keeper] of [
    [true, 'manager'],
    [false, 'worker-1'],
  ] as const) {
    const cluster = await TestCluster.create(t, ['manager', 'worker-1'], { managerIsLogger });
    const worker = withStream();
    await cluster.startAll({ 'worker-1': worker });
    write(worker.stream(), 1, 5);
    await worker.stream().flush();
    t.deepEqual(await numbersOf(cluster.stateDir, keeper), upTo(5));
  }
});

test('outside a cluster a node keeps its own', async (t) => {
  const cluster = await TestCluster.create(t, []);
  const node = await joinCluster({ options: { stateDir: cluster.stateDir, logLevel: 'silent' } });
  const stream = node.createLogStream('Numbers::LOG', definition);
  t.true(node.writeLog('Numbers::LOG', { n: 1 }));
  t.true(node.writeLog(stream, { n: 2 }));
  await node.flush();
  t.deepEqual(await numbersOf(cluster.stateDir, 'none'), [1, 2]);
  write(stream, 3, 2_000);
  await node.leave();
  t.deepEqual(await numbersOf(cluster.stateDir, 'none'), upTo(2_000));
  t.throws(() => stream.write({ n: 3 }), { code: 'MUSTER_NODE_LEFT' });
});

test('records wait for a logger; leave() brings them to it', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'logger-1', 'worker-1'], { leaveTimeout: 60_000 });
  const worker = withStream();
  const { node } = await cluster.start('worker-1', worker);
  write(worker.stream(), 1, 1_000);
  const flushed = worker.stream().flush();
  t.is(worker.stream().stats.kept, 0);
  await cluster.start('logger-1');
  await flushed;
  write(worker.stream(), 1_001, 1_500);
  await node.leave();
  t.deepEqual(await numbersOf(cluster.stateDir, 'logger-1'), upTo(1_500));
});

test('what finds no room is counted and told, and a flush says so once', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'logger-1', 'worker-1']);
  const worker = withStream({ maxBufferedLogBytes: 64 * 1_024 });
  const lost: unknown[] = [];
  const { node } = await cluster.start('worker-1', worker);
  const stream = worker.stream();
  node.on('Muster::log_records_lost', (...args) => {
    lost.push(args);
    cluster.changed();
  });
  let waits = 0;
  for (let n = 1; n <= 5_000; n++) if (!stream.write({ n, text: 'x'.repeat(100) })) waits += 1;
  t.true(stream.stats.lost > 1_000);
  t.is(stream.stats.written + stream.stats.lost, 5_000);
  t.true(waits > stream.stats.lost, 'it is told before it is too late');
  await cluster.until(() => lost.length > 0);
  t.deepEqual(lost, [['Numbers::LOG', stream.stats.lost, 'no room for more records until a logger is up']]);
  const drained = stream.drained();
  await cluster.start('logger-1');
  await drained;
  await t.throwsAsync(stream.flush(), { code: 'MUSTER_LOG_RECORDS_LOST' });
  await stream.flush();
  t.is(stream.stats.kept, stream.stats.written);
  t.deepEqual(await numbersOf(cluster.stateDir, 'logger-1'), upTo(stream.stats.written));
});

test('what finds no room in memory goes to the disk, and outlives its writer', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'logger-1', 'worker-1']);
  const options = { maxBufferedLogBytes: 64 * 1_024, logSpillDir: 'spill', leaveTimeout: 100 };
  const before = withStream(options);
  const { node } = await cluster.start('worker-1', before);
  for (let n = 1; n <= 5_000; n++) {
    if (!before.stream().write({ n, text: 'x'.repeat(100) })) await before.stream().drained();
  }
  await node.leave();
  t.deepEqual(before.stream().stats, { written: 5_000, vetoed: 0, kept: 0, lost: 0 });
  const left = await readdir(join(cluster.stateDir, 'spill', 'worker-1'));
  t.true(left.length >= 5_000 / 400);

  const after = withStream(options);
  await cluster.start('logger-1');
  await cluster.start('worker-1', after);
  for (let n = 5_001; n <= 6_000; n++) after.stream().write({ n, text: '' });
  await after.stream().flush();
  while ((await readdir(join(cluster.stateDir, 'spill', 'worker-1'))).length > 0) await new Promise(setImmediate);
  const kept = await numbersOf(cluster.stateDir, 'logger-1');
  t.deepEqual(
    kept.sort((a, b) => a - b),
    upTo(6_000),
  );
});

test('a policy leaves records out, or puts others in their place', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const { node } = await cluster.start('manager');
  const asked: object[] = [];
  const stream = node.createLogStream('Numbers::LOG', {
    columns: definition.columns,
    policy: (record) => {
      asked.push(record);
      if (record.n === 2) return false;
      if (record.n === 3) return { ...record, n: 33 };
      if (record.n === 4) return { n: 'no number' };
      if (record.n === 5) throw new Error('no such thing');
      return true;
    },
  });
  write(stream, 1, 6);
  await stream.flush();
  t.deepEqual(await numbersOf(cluster.stateDir, 'manager'), [1, 33, 4, 5, 6]);
  t.is(stream.stats.vetoed, 1);
  t.true(asked.every((record) => Object.isFrozen(record)));
});

test('a record that does not fit is an error that names stream and column, and nothing is written', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const { node } = await cluster.start('manager');
  const stream = node.createLogStream('Numbers::LOG', definition);
  // @ts-expect-error: the compiler knows the columns
  const badType = () => stream.write({ n: 'one' });
  t.throws(badType, {
    instanceOf: MusterError,
    code: 'MUSTER_LOG_RECORD_INVALID',
    message: /Numbers::LOG, column n: got "one"/,
  });
  // @ts-expect-error: the compiler knows the columns
  const badName = () => stream.write({ m: 1 });
  t.throws(badName, { code: 'MUSTER_LOG_RECORD_INVALID', message: /column m: got 1, expected nothing/ });
  t.throws(() => node.writeLog('Numbers::LOG', 7 as never), { code: 'MUSTER_LOG_RECORD_INVALID' });
  t.throws(() => stream.write({ text: 'x'.repeat(20_000_000) }), {
    code: 'MUSTER_LOG_RECORD_INVALID',
    message: /bytes/,
  });
  t.throws(() => node.writeLog('Other::LOG', { n: 1 }), {
    code: 'MUSTER_LOG_STREAM_UNKNOWN',
    message: /"Other::LOG".*Cluster::LOG, Numbers::LOG/,
  });
  stream.write({ n: 1, text: 'x'.repeat(10_000_000) });
  stream.write({ n: 2, text: 'x'.repeat(10_000_000) });
  await stream.flush();
  t.deepEqual(await numbersOf(cluster.stateDir, 'manager'), [1, 2]);
});

test('batches are no larger than an event may be', async (t) => {
  const { cluster, stream } = await start(t, ['manager', 'worker-1'], { maxEventSize: 3_000 });
  write(stream, 1, 1_000);
  t.throws(() => stream.write({ text: 'x'.repeat(3_000) }), { code: 'MUSTER_LOG_RECORD_INVALID' });
  await stream.flush();
  t.deepEqual(await numbersOf(cluster.stateDir, 'manager'), upTo(1_000));
});

test('a stream is created once, and a bad definition is refused', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const { node } = await cluster.start('manager');
  const stream = node.createLogStream('Numbers::LOG', definition);
  t.is(node.createLogStream('Numbers::LOG', definition), stream);
  t.is(stream.path, 'numbers');
  t.deepEqual(Object.keys(node.logStreams), ['Cluster::LOG', 'Numbers::LOG']);
  const columns = { n: 'count' } as const;
  const refused: [id: string, given: object, words: RegExp][] = [
    ['Numbers::LOG', { columns }, /created before/],
    ['Cluster::LOG', { columns }, /created before/],
    ['Other::LOG', { columns, path: 'numbers' }, /path numbers is that of stream Numbers::LOG/],
    ['Other::LOG', { columns, path: '../x' }, /path "..\/x"/],
    ['Other::LOG', { columns: {} }, /columns/],
    ['Other::LOG', { columns: { n: 'number' } }, /column n: got "number", expected "time"/],
    ['Other::LOG', { columns: { 'a b': 'count' } }, /called "a b"/],
    [
      'Other::LOG',
      {
        columns: [
          { name: 'n', type: 'count' },
          { name: 'n', type: 'count' },
        ],
      },
      /two columns are called "n"/,
    ],
    ['', { columns }, /id/],
  ];
  for (const [id, given, message] of refused) {
    t.throws(() => node.createLogStream(id, given as typeof definition), {
      code: 'MUSTER_LOG_STREAM_INVALID',
      message,
    });
  }
});

test('a flush is given up when its signal is aborted', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'logger-1', 'worker-1']);
  const worker = withStream();
  await cluster.start('worker-1', worker);
  write(worker.stream(), 1, 1);
  const ending = new AbortController();
  const flushed = worker.stream().flush({ signal: ending.signal });
  ending.abort(new Error('enough'));
  await t.throwsAsync(flushed, { message: 'enough' });
});

test('rotated and reopened files, while records flow, lose and double nothing', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1'], {
    logRotationSize: 20_000,
    logCompress: true,
    logFormat: 'tsv',
  });
  const worker = withStream();
  const { manager } = await cluster.startAll({ 'worker-1': worker });
  const stream = worker.stream();
  for (let n = 1; n <= 20_000; n++) {
    if (!stream.write({ n, text: `#\t-${n}` })) await stream.drained();
    if (n % 1_000 === 0) await stream.flush();
    if (n % 3_000 === 0) manager?.node.rotateLogs();
    if (n % 4_000 === 0) manager?.node.reopenLogs();
  }
  await stream.flush();
  await Promise.all(Object.values(cluster.nodes).map((node) => node.leave()));
  const { Archive } = await import('../../cli/logs/archive.js');
  const { merge } = await import('../../cli/logs/merge.js');
  const archive = new Archive(cluster.stateDir);
  t.teardown(() => archive.close());
  const numbers: unknown[] = [];
  for await (const { values } of merge(archive, await archive.batchesOf('numbers'))) numbers.push(values[1]);
  t.deepEqual(numbers, upTo(20_000));
  const directory = join(cluster.stateDir, 'logs', 'manager');
  const rotated = (await readdir(directory)).filter((name) => /^numbers\.[\d-]+\.manager\.log(\.gz)?$/.test(name));
  t.true(rotated.length > 5, rotated.join());
  for (const name of rotated.filter((name) => name.endsWith('.gz'))) {
    t.regex(gunzipSync(await readFile(join(directory, name))).toString(), /\n#close\t[\d-]+\n$/, name);
  }
});
