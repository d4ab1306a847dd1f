import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import test from 'ava';
import { serveFeed } from '../../cli/inspector/serve-feed.js';
import { systemRuntime } from '../../runtime.js';
import type { TraceRecord } from '../../trace/record.js';
import { Tracer } from '../../trace/tracer.js';

const createTracer = () => new Tracer({ node: 'a', id: 'a_1', runtime: systemRuntime });

function recordsIn(text: string): TraceRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

test('who comes late is told how things are, then what happens', async (t) => {
  const tracer = createTracer();
  tracer.add({ describe: () => tracer.record('line', { level: 'info', message: 'as it is' }) });
  const connection = new PassThrough({ encoding: 'utf8' });
  serveFeed(tracer, 'control', connection);
  t.regex(`${(await once(connection, 'data'))[0]}`, /as it is/);
  tracer.record('raised', { event: 'x' });
  t.regex(`${(await once(connection, 'data'))[0]}`, /"event":"x"/);
});

test('nothing is made any more once nobody watches', async (t) => {
  const tracer = createTracer();
  const connections = [new PassThrough(), new PassThrough()];
  for (const connection of connections) serveFeed(tracer, 'control', connection);
  connections[0]?.destroy();
  await once(connections[0] as PassThrough, 'close');
  t.true(tracer.isOn);
  connections[1]?.destroy();
  await once(connections[1] as PassThrough, 'close');
  t.false(tracer.isOn);
});

test('who reads too slowly gets less, and is told how much', async (t) => {
  const tracer = createTracer();
  const connection = new PassThrough({ encoding: 'utf8', highWaterMark: 1 });
  serveFeed(tracer, 'all', connection);
  const message = 'x'.repeat(10_000);
  const count = 2_000;
  for (let n = 0; n < count; n += 1) tracer.record('line', { level: 'info', message });
  t.true(connection.writableLength < 5 * 1_024 * 1_024);
  let text = '';
  connection.on('data', (part) => {
    text += part;
  });
  while (text === '' || connection.writableLength > 0) await new Promise(setImmediate);
  tracer.record('line', { level: 'info', message: 'after' });
  while (!text.includes('"dropped"')) await new Promise(setImmediate);
  const records = recordsIn(text.slice(0, text.lastIndexOf('\n')));
  const lost = records.find(({ kind }) => kind === 'dropped');
  const before = records.indexOf(lost as TraceRecord);
  t.true(before > 100 && before < 1_000);
  // What was left out and what came is all there was.
  const next = records[before + 1] as TraceRecord;
  t.is((lost as TraceRecord & { readonly data: { readonly count: number } }).data.count, next.sequence - 1 - before);
});
