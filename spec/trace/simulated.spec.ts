import test from 'ava';
import { charts } from '../../machines/charts.js';
import { transitionsOf } from '../../machines/transitions.js';
import { simulateCluster, type TraceRecord, toLine } from '../../testing/index.js';

const layout = {
  manager: { nodeType: 'manager', ip: '127.0.0.1', port: 5_001 },
  'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
} as const;

async function trace(seed: number) {
  const records: TraceRecord[] = [];
  const cluster = await simulateCluster({
    layout,
    seed,
    trace: (record) => records.push(record),
    setup: (node) => {
      node.createStore('hosts');
      node.on('Cluster::node_up', () => {
        if (node.name !== 'manager') node.publish(node.options.managerTopic, 'App::hello', 1);
      });
      node.on('App::hello', () => {});
    },
  });
  await cluster.until(() => cluster.node('worker-1').state === 'ready');
  await cluster.advance(100);
  cluster.cut('manager', 'worker-1');
  await cluster.advance(1_000);
  return { cluster, records };
}

/** The record and what led to it, the first cause last. */
function causesOf(last: TraceRecord | undefined, records: readonly TraceRecord[]): TraceRecord[] {
  const chain: TraceRecord[] = [];
  for (let record = last; record !== undefined; record = before(record, records)) chain.push(record);
  return chain;
}

function before({ cause }: TraceRecord, records: readonly TraceRecord[]): TraceRecord | undefined {
  return (
    cause &&
    records.find(({ node, id, sequence }) => {
      return node === cause.node && id === cause.id && sequence === cause.sequence;
    })
  );
}

const show = ({ node, kind, data }: TraceRecord) => `${node} ${kind} ${Object.values(data).slice(0, 1)}`;

test('the causes of a lost peer lead to the fault', async (t) => {
  const { records } = await trace(1);
  const down = records.find(
    ({ kind, data }) => kind === 'raised' && 'event' in data && data.event === 'Cluster::node_down',
  );
  const chain = causesOf(down, records);
  t.deepEqual(chain.map(show), [
    'worker-1 raised Cluster::node_down',
    'worker-1 transition peering manager',
    'worker-1 transition peering manager',
    'worker-1 event peering manager',
    ' fault cut',
  ]);
});

test('the causes of an accepted hello lead through both nodes', async (t) => {
  const { records } = await trace(2);
  const up = records.find(({ node, kind, data }) => {
    return node === 'manager' && kind === 'raised' && 'event' in data && data.event === 'Cluster::node_up';
  });
  t.deepEqual(causesOf(up, records).map(show).slice(0, 13), [
    'manager raised Cluster::node_up',
    'manager transition peering worker-1',
    'manager event peering worker-1',
    'manager received worker-1',
    'worker-1 sent manager',
    'worker-1 transition peering manager',
    'worker-1 event peering manager',
    'worker-1 received manager',
    'manager sent worker-1',
    'manager transition peering worker-1',
    'manager event peering worker-1',
    'manager received worker-1',
    'worker-1 sent manager',
  ]);
});

test('an event is caused by the handler that published it, and its delivery by its frame', async (t) => {
  const { records } = await trace(3);
  const delivered = records.find(
    ({ kind, data }) => kind === 'delivered' && 'event' in data && data.event === 'App::hello',
  );
  t.deepEqual(causesOf(delivered, records).map(show).slice(0, 5), [
    'manager delivered App::hello',
    'manager received worker-1',
    'worker-1 sent manager',
    'worker-1 published zeek/cluster/manager',
    'worker-1 raised Cluster::node_up',
  ]);
});

test('what a timer does follows from what set it', async (t) => {
  const records: TraceRecord[] = [];
  const cluster = await simulateCluster({
    layout,
    options: { retryInterval: 500 },
    trace: (record) => records.push(record),
  });
  await cluster.until(() => cluster.node('worker-1').state === 'ready');
  cluster.crash('manager');
  await cluster.advance(3_000);
  const told = records.find(({ kind, data }) => {
    return (
      kind === 'event' &&
      'event' in data &&
      (data.event as { type: string }).type.startsWith('xstate.after.retryInterval')
    );
  });
  const [timed, timer, transition] = causesOf(told, records);
  t.like(transition, { kind: 'transition', data: { to: 'down' } });
  t.like(timer, { kind: 'timer', data: { due: timed?.monotonic } });
});

test('records are complete: numbered without gaps, states that follow each other, transitions of the charts', async (t) => {
  const { records } = await trace(4);
  const known = new Map(
    Object.entries(charts).map(([name, { machine }]) => [
      name,
      new Set(transitionsOf(machine).map(({ name }) => name)),
    ]),
  );
  const numbers = new Map<string, number>();
  const states = new Map<string, unknown>();
  for (const record of records) {
    const { id, sequence, cause, kind, data } = record;
    t.is(sequence, (numbers.get(id) ?? 0) + 1);
    numbers.set(id, sequence);
    if (cause !== undefined) t.true(cause.sequence <= (numbers.get(cause.id) ?? 0), toLine(record));
    if (kind === 'actor') states.set(`${id} ${data.actor}`, data.state);
    if (kind !== 'transition') continue;
    t.deepEqual(states.get(`${id} ${data.actor}`), data.from);
    states.set(`${id} ${data.actor}`, data.to);
    for (const transition of data.transitions) t.true(known.get(data.machine)?.has(transition), transition);
  }
  t.true(records.some(({ kind, data }) => kind === 'transition' && data.transitions.length === 2));
});

test('the same seed gives the same trace', async (t) => {
  const lines = async (seed: number) => (await trace(seed)).records.map(toLine);
  const one = await lines(7);
  t.deepEqual(await lines(7), one);
  t.notDeepEqual(await lines(8), one);
});

test('actors that end say so', async (t) => {
  const { cluster, records } = await trace(9);
  await cluster.leave('worker-1');
  const stopped = records.filter(({ node, kind }) => node === 'worker-1' && kind === 'stopped');
  t.deepEqual(
    stopped.map(({ data }) => 'actor' in data && data.actor),
    ['peering manager', 'clone hosts', 'node'],
  );
});
