import test from 'ava';
import { encodeMutation } from '../../stores/mutation.js';
import { decodeValue, encodeValue } from '../../transport/codec.js';
import { StoreLab } from './store-lab.js';

async function settled() {
  const lab = new StoreLab({ clones: 1, isDurable: false });
  void lab.masterStore.put('first', 1);
  await lab.settle();
  return { lab, seat: lab.seats[0] as StoreLab['seats'][number] };
}

test('a clone that missed 10,000 mutations gets those alone; one that missed too many gets a fresh copy', async (t) => {
  const { lab, seat } = await settled();
  for (const [count, hasCopy] of [
    [10_000, false],
    [70_000, true],
  ] as const) {
    lab.cut(seat);
    for (let i = 0; i < count; i++) void lab.masterStore.put(i % 10, i);
    lab.delivered.clear();
    await lab.settle();
    t.is(lab.delivered.has('entries'), hasCopy);
    t.is(seat.store.get(9), count - 1);
  }
});

test('a replica that differs from its master is found by comparison, counted and replaced', async (t) => {
  const { lab, seat } = await settled();
  void lab.masterStore.put('k', 'right');
  await lab.turn();
  const [kind, session, first] = decodeValue(seat.toClone[0] as Uint8Array) as [string, number, number];
  t.is(kind, 'mutations');
  seat.toClone[0] = encodeValue([kind, session, first, [encodeMutation(['put', 'k', null, 'wrong'])]]);
  lab.deliver(seat, 'toClone', 1);
  t.is(seat.store.get('k'), 'wrong');
  await lab.settle();
  t.is(seat.store.get('k'), 'right');
  t.is(seat.clone.differences, 1);
  t.is(seat.clone.state, 'live');
});

test('a clone that knows another history of the same epoch gets a fresh copy, however far the master has come', async (t) => {
  const lab = new StoreLab({ clones: 2, isDurable: true });
  const [seat, other] = lab.seats as [StoreLab['seats'][number], StoreLab['seats'][number]];
  void lab.masterStore.put('k', 'old');
  await lab.settle();
  const past = lab.disk.copy();
  void lab.masterStore.put('k', 'lost');
  await lab.settle();
  lab.killMaster(false);
  lab.disk = past;
  lab.startMaster();
  lab.connect(other);
  void lab.masterStore.put('k', 'new');
  void lab.masterStore.put('more', 1);
  await lab.turn();
  lab.disk.write(10);
  await lab.turn();
  await lab.settle();
  t.is(seat.store.get('k'), 'new');
  t.is(seat.clone.differences, 0);
});
