import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { joinTraces } from '../../trace/join.js';
import { openTraceFile, toLine } from '../../trace/output.js';
import type { TraceRecord } from '../../trace/record.js';
import { TestCluster } from '../helpers/test-cluster.js';

async function readTrace(path: string): Promise<TraceRecord[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as TraceRecord);
}

test('live nodes write the same records, and each received frame finds the one that sent it', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1'], {});
  const traceFile = join(cluster.stateDir, 'run.ndjson');
  let heard = 0;
  await cluster.startAll({
    manager: {
      options: { traceFile },
      setup: (node) => {
        node.on('App::count', () => {
          heard += 1;
          cluster.changed();
        });
      },
    },
    'worker-1': { options: { traceFile } },
  });
  const { manager, 'worker-1': worker } = cluster.nodes;
  for (let i = 0; i < 100; i++) worker?.publish('zeek/cluster/manager', 'App::count', i);
  await cluster.until(() => heard === 100);
  await worker?.leave();
  await manager?.leave();

  const records = joinTraces(await readTrace(traceFile));
  const byName = new Map(records.map((record) => [`${record.id} ${record.sequence}`, record]));
  for (const id of [manager?.id, worker?.id]) {
    const numbers = records.filter((record) => record.id === id).map(({ sequence }) => sequence);
    t.deepEqual(
      numbers,
      Array.from(numbers, (_, i) => i + 1),
    );
  }
  const received = records.filter(({ kind }) => kind === 'received');
  t.true(received.length > 5);
  for (const record of received) {
    const sender = byName.get(`${record.cause?.id} ${record.cause?.sequence}`);
    const { peer: _, ...frame } = record.data as TraceRecord['data'] & { peer: string };
    t.like(sender, { kind: 'sent', data: frame }, toLine(record));
  }
  t.is(
    records.filter(({ kind, data }) => kind === 'delivered' && 'event' in data && data.event === 'App::count').length,
    100,
  );
});

test('a trace that cannot be written is told once, and nobody waits for it', async (t) => {
  const errors: string[] = [];
  const output = openTraceFile('/nowhere/at/all.ndjson', (message) => errors.push(message));
  const record: TraceRecord = {
    version: 1,
    node: 'a',
    id: 'a_1',
    sequence: 1,
    wall: 0,
    monotonic: 0,
    kind: 'raised',
    data: { event: 'x' },
  };
  for (let i = 0; i < 3; i++) output.write(record);
  await output.close();
  output.write(record);
  await output.close();
  t.is(errors.length, 1);
  t.regex(errors[0] as string, /cannot write the trace to \/nowhere\/at\/all\.ndjson: ENOENT/);
});

test('a file that cannot keep up leaves records out, and says how many', async (t) => {
  const cluster = await TestCluster.create(t, []);
  const path = join(cluster.stateDir, 'slow.ndjson');
  const output = openTraceFile(path, (message) => t.fail(message));
  const message = 'x'.repeat(1_024 * 1_024);
  const line = (sequence: number): TraceRecord => ({
    version: 1,
    node: 'a',
    id: 'a_1',
    sequence,
    wall: 0,
    monotonic: 0,
    kind: 'line',
    data: { level: 'info', message },
  });
  for (let sequence = 1; sequence <= 20; sequence++) output.write(line(sequence));
  await new Promise<void>((resolve) => {
    const look = () =>
      readFile(path, 'utf8').then(
        (text) => (text.length < 16e6 ? setImmediate(look) : resolve()),
        () => setImmediate(look),
      );
    look();
  });
  output.write(line(21));
  await output.close();
  const records = await readTrace(path);
  const dropped = records.find(({ kind }) => kind === 'dropped');
  const kept = records.filter(({ kind }) => kind === 'line').length;
  t.true(kept < 21);
  t.deepEqual(dropped?.data, { count: 21 - kept });
  t.is(records.at(-1)?.sequence, 21);
});
