import test from 'ava';
import { rateOfPeer, seriesOf } from '../../inspector/model/rates.js';
import type { PeerTotals } from '../../trace/record.js';
import { record, recorded, storeOf } from './recorded.js';

const totals = (eventsOut: number): PeerTotals => ({
  eventsOut,
  eventsIn: 0,
  framesOut: 0,
  framesIn: 0,
  bytesOut: 0,
  bytesIn: 0,
  unacknowledged: eventsOut / 10,
  fill: 3,
  lost: 0,
  connections: 1,
});

const counted = (sequence: number, monotonic: number, eventsOut: number) =>
  record({
    sequence,
    monotonic,
    wall: 1_000 + monotonic,
    kind: 'counters',
    data: { peers: { manager: totals(eventsOut), logger: totals(100) } },
  });

test('rates are per second between two counters, and begin anew with a lifetime', (t) => {
  const store = storeOf([
    counted(1, 0, 100),
    counted(2, 2_000, 500),
    { ...counted(1, 10_000, 50), id: 'worker-1_2' },
    { ...counted(2, 11_000, 60), id: 'worker-1_2' },
  ]);
  t.deepEqual(seriesOf(store, 'worker-1', 'manager', 'eventsOut').values, [200, null, 10]);
  t.deepEqual(seriesOf(store, 'worker-1', undefined, 'unacknowledged').values, [20, 60, 15, 16]);
  t.deepEqual(seriesOf(store, 'worker-1', 'nobody', 'eventsOut').values, [null, null, null]);
  t.is(rateOfPeer(store, 'worker-1', 'manager', 'eventsOut', 3_100), 200);
  t.is(rateOfPeer(store, 'worker-1', 'manager', 'eventsOut', 9_000), undefined);
});

test('a node tells its counters once a second', async (t) => {
  const { store } = await recorded();
  const counters = store.nodes.get('worker-1')?.counters;
  if (counters === undefined) return t.fail();
  const times = Array.from({ length: counters.length }, (_, position) => store.time(counters.at(position)));
  t.true(times.length >= 3);
  for (const [index, time] of times.entries())
    if (index > 1) t.true(Math.abs(time - (times[index - 1] as number) - 1_000) < 1);
  t.true(seriesOf(store, 'worker-1', 'manager', 'bytesOut').values.some((rate) => (rate ?? 0) > 0));
});
