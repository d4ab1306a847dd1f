import test from 'ava';
import type { TraceRecord } from '../../trace/record.js';
import { Tracer, Train } from '../../trace/tracer.js';

const runtime = { now: () => 1_000, monotonic: () => 1.5 };

function record(node: string, train?: Train) {
  const records: TraceRecord[] = [];
  const tracer = new Tracer({ node, id: `${node}_1`, runtime, ...(train !== undefined && { train }) });
  return { tracer, records, stop: tracer.listen((one) => records.push(one)) };
}

test('a record has its place, its time and what led to it', (t) => {
  const { tracer, records } = record('a');
  tracer.handle('received', { peer: 'b', link: 'l', number: 1, frame: 'hello' }, () =>
    tracer.record('raised', { event: 'Cluster::hello' }),
  );
  tracer.record('raised', { event: 'other' });
  const common = { version: 1, node: 'a', id: 'a_1', wall: 1_000, monotonic: 1.5 };
  t.deepEqual(records, [
    { ...common, sequence: 1, kind: 'received', data: { peer: 'b', link: 'l', number: 1, frame: 'hello' } },
    {
      ...common,
      sequence: 2,
      kind: 'raised',
      data: { event: 'Cluster::hello' },
      cause: { node: 'a', id: 'a_1', sequence: 1 },
    },
    { ...common, sequence: 3, kind: 'raised', data: { event: 'other' } },
  ] as TraceRecord[]);
});

test('what is put off keeps its cause, also at another node', (t) => {
  const train = new Train();
  const [one, other] = [record('a', train), record('b', train)];
  let later = () => {};
  one.tracer.handle('fault', { fault: 'cut', args: [] }, () => {
    later = train.bind(() => other.tracer.record('raised', { event: 'x' }));
  });
  other.tracer.record('raised', { event: 'before' });
  later();
  t.is(other.records[0]?.cause, undefined);
  t.deepEqual(other.records[1]?.cause, { node: 'a', id: 'a_1', sequence: 1 });
  t.is(train.cause, undefined);
});

test('a handler that throws does not become the cause of what comes after it', (t) => {
  const { tracer, records } = record('a');
  t.throws(() =>
    tracer.handle('raised', { event: 'x' }, () => {
      throw new Error('no');
    }),
  );
  tracer.record('raised', { event: 'y' });
  t.is(records[1]?.cause, undefined);
});

test('nothing is made while nobody listens', (t) => {
  const { tracer, records, stop } = record('a');
  stop();
  t.false(tracer.isOn);
  t.is(tracer.record('raised', { event: 'x' }), undefined);
  t.is(records.length, 0);
});

test('sources begin with the first listener, end with the last, and tell each how things are', (t) => {
  const tracer = new Tracer({ node: 'a', id: 'a_1', runtime });
  const calls: string[] = [];
  const forget = tracer.add({
    begin: () => calls.push('begin'),
    end: () => calls.push('end'),
    describe: () => calls.push('describe'),
  });
  const stops = [tracer.listen(() => {}), tracer.listen(() => {})];
  for (const stop of stops) stop();
  t.deepEqual(calls, ['begin', 'describe', 'describe', 'end']);
  forget();
  tracer.listen(() => {});
  t.is(calls.length, 4);
});

test('who listens to the control plane only is not told of each event, and who listens to all is', (t) => {
  const tracer = new Tracer({ node: 'a', id: 'a_1', runtime });
  const [control, all]: TraceRecord[][] = [[], []];
  const stopControl = tracer.listen((record) => control?.push(record), 'control');
  t.true(tracer.isOn);
  t.false(tracer.isDetailed);
  t.is(tracer.record('raised', { event: 'App::x' }, undefined, true), undefined);
  const stopAll = tracer.listen((record) => all?.push(record));
  t.true(tracer.isDetailed);
  tracer.handle('delivered', { event: 'App::y', from: 'b' }, () => tracer.record('raised', { event: 'z' }), true);
  stopAll();
  t.false(tracer.isDetailed);
  tracer.record('raised', { event: 'last' });
  stopControl();
  t.false(tracer.isOn);
  const events = (records?: TraceRecord[]) => records?.map(({ data }) => 'event' in data && data.event);
  t.deepEqual(events(control), ['z', 'last']);
  t.deepEqual(events(all), ['App::y', 'z']);
});

test('records are told as the redaction gives them, or not at all', (t) => {
  const records: TraceRecord[] = [];
  const redact = (record: TraceRecord): TraceRecord | undefined => {
    if (record.kind === 'line') return { ...record, data: { ...record.data, message: 'hidden' } };
    return record.kind === 'raised' ? undefined : record;
  };
  const tracer = new Tracer({ node: 'a', id: 'a_1', runtime, redact });
  tracer.listen((record) => records.push(record));
  tracer.record('line', { level: 'log', message: 'secret' });
  tracer.record('raised', { event: 'x' });
  t.deepEqual(
    records.map(({ kind, data }) => [kind, data]),
    [['line', { level: 'log', message: 'hidden' }]],
  );
});
