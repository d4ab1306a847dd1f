import test from 'ava';
import { causeOf, why } from '../../inspector/model/causes.js';
import { recorded, storeOf } from './recorded.js';

test('why: from a lost peer back to the fault', async (t) => {
  const { store } = await recorded(async (cluster) => {
    cluster.cut('manager', 'worker-1');
    await cluster.advance(1_000);
  });
  const rows = Array.from({ length: store.size }, (_, position) => store.rows.at(position));
  const down = rows.find((row) => store.kind(row) === 'raised' && store.label(row) === 'Cluster::node_down') ?? -1;
  const chain = why(store, down);
  t.is(chain[0], down);
  t.is(store.kind(chain.at(-1) as number), 'fault');
  for (const [index, row] of chain.slice(0, -1).entries()) t.is(causeOf(store, row), chain[index + 1] ?? -1);
});

test('between live nodes, a frame that came has the one that was sent as its cause', async (t) => {
  const { records } = await recorded();
  // A live node knows nothing of its peer's numbers.
  const live = records.map((record) => {
    if (record.kind !== 'received') return record;
    const { cause: _, ...told } = record;
    return told as typeof record;
  });
  const store = storeOf(live);
  let count = 0;
  for (const [row, { kind, cause }] of records.entries()) {
    if (kind !== 'received' || cause === undefined) continue;
    count += 1;
    t.is(causeOf(store, row), store.rowOf(cause));
  }
  t.true(count > 20);
});

test('what has no cause is the end of the chain, and a cycle is none', (t) => {
  const base = {
    version: 1,
    node: 'a',
    id: 'a_1',
    wall: 1,
    monotonic: 1,
    kind: 'raised',
    data: { event: 'x' },
  } as const;
  const cause = (sequence: number) => ({ node: 'a', id: 'a_1', sequence });
  const store = storeOf([
    { ...base, sequence: 1, cause: cause(2) },
    { ...base, sequence: 2, cause: cause(1) },
    { ...base, sequence: 3, cause: cause(99) },
  ]);
  t.deepEqual(why(store, 0), [0, 1]);
  t.deepEqual(why(store, 2), [2]);
});
