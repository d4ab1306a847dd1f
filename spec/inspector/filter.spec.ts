import test from 'ava';
import { FilteredRows, parseFilter } from '../../inspector/model/filter.js';
import { recorded, storeOf } from './recorded.js';

test('a query is words that all must hold', async (t) => {
  const { store, records } = await recorded();
  const found = (query: string): number[] => {
    const rows = new FilteredRows(store, parseFilter(store, query) ?? (() => true));
    while (!rows.advance(100));
    return Array.from({ length: rows.rows.length }, (_, position) => rows.rows.at(position));
  };
  const expected = (holds: (record: (typeof records)[number]) => boolean) =>
    records.flatMap((record, row) => (holds(record) ? [row] : []));

  t.deepEqual(
    found('node:worker-1'),
    expected(({ node }) => node === 'worker-1'),
  );
  t.deepEqual(
    found('node:worker-1,manager kind:transition'),
    expected(({ node, kind }) => {
      return ['worker-1', 'manager'].includes(node) && kind === 'transition';
    }),
  );
  t.deepEqual(
    found('-node:worker-1'),
    expected(({ node }) => node !== 'worker-1'),
  );
  t.deepEqual(
    found('event:LINK.up'),
    expected(
      (record) =>
        (record.kind === 'event' && record.data.event.type === 'link.up') ||
        (record.kind === 'transition' && record.data.event === 'link.up'),
    ),
  );
  t.deepEqual(
    found('"App::hello"'),
    expected((record) => JSON.stringify(record).includes('App::hello')),
  );
  t.deepEqual(found('state:up.responsive machine:initiator').length > 0, true);
  t.deepEqual(
    found('node:'),
    expected(() => true),
  );
  t.is(parseFilter(store, '  '), undefined);
});

test('records that come later are looked at, too', (t) => {
  const base = { version: 1, node: 'a', id: 'a_1', wall: 1, kind: 'raised' } as const;
  const store = storeOf([{ ...base, sequence: 1, monotonic: 1, data: { event: 'x' } }]);
  const rows = new FilteredRows(store, parseFilter(store, 'event:x') ?? (() => false));
  t.true(rows.advance(10));
  store.append([
    JSON.stringify({ ...base, sequence: 2, monotonic: 2, data: { event: 'y' } }),
    JSON.stringify({ ...base, sequence: 3, monotonic: 3, data: { event: 'x' } }),
  ]);
  t.false(rows.advance(1));
  t.true(rows.advance(1));
  t.is(rows.rows.length, 2);
});
