import test from 'ava';
import {
  contextAt,
  nodeAt,
  peeringAt,
  standingAt,
  supervisor,
  takenUntil,
  timersAt,
} from '../../inspector/model/instant.js';
import { TraceStore } from '../../inspector/model/trace-store.js';
import { toLine } from '../../trace/output.js';
import { record, recorded, storeOf } from './recorded.js';

test('a node and its peerings are at each instant as they were then', async (t) => {
  const seen: { readonly now: number; readonly up: boolean; readonly state: string }[] = [];
  const { store, at } = await recorded(async (cluster) => {
    const look = () => {
      const worker = cluster.node('worker-1');
      const peer = worker.peers.find(({ name }) => name === 'manager');
      seen.push({ now: cluster.now, up: peer?.state === 'up', state: worker.state });
    };
    cluster.block('worker-1', 'manager');
    cluster.block('manager', 'worker-1');
    for (let step = 0; step < 60; step += 1) {
      look();
      await cluster.advance(1_000);
      if (step === 40) cluster.heal();
    }
  });
  t.true(seen.some(({ up }) => up) && seen.some(({ up }) => !up));
  for (const { now, up, state } of seen) {
    const peering = store.nodes.get('worker-1')?.actors.get('peering manager');
    t.is(standingAt(store, peering, at(now)).state.startsWith('up'), up, `peering at ${now}`);
    t.is(nodeAt(store, 'worker-1', at(now)).state, state, `node at ${now}`);
  }
});

test('a node that was killed is gone, until it is started again', async (t) => {
  let killed = 0;
  let again = 0;
  const { store, at } = await recorded(async (cluster) => {
    cluster.crash('worker-1');
    killed = cluster.now;
    await cluster.advance(5_000);
    again = cluster.now;
    await cluster.start('worker-1');
    await cluster.until(() => cluster.node('worker-1').state === 'ready');
    await cluster.advance(100);
  });
  t.is(nodeAt(store, 'worker-1', at(killed - 1)).mood, 'good');
  t.is(nodeAt(store, 'worker-1', at(killed + 1)).mood, 'gone');
  t.is(peeringAt(store, 'worker-1', 'manager', at(again - 1)).state, 'down');
  t.is(nodeAt(store, 'worker-1', at(again + 99_999)).mood, 'good');
  t.is(store.nodes.get('worker-1')?.lives.length, 2);
});

test('a node that is started again at the moment of its end is there', async (t) => {
  const { store, at, cluster } = await recorded(async (cluster) => {
    cluster.crash('worker-1');
    await cluster.start('worker-1');
    await cluster.until(() => cluster.node('worker-1').state === 'ready');
  });
  t.is(nodeAt(store, 'worker-1', at(cluster.now)).mood, 'good');
});

test('of a node whose process is gone its supervisor knows more', (t) => {
  const child = { node: supervisor, id: 'supervisor_1', wall: 1_000 };
  const own = { actor: 'worker-1', machine: 'child' };
  const store = storeOf([
    record({ kind: 'actor', data: { actor: 'node', machine: 'node', state: 'ready', context: {} } }),
    record({ ...child, kind: 'actor', data: { ...own, state: { running: 'ready' }, context: {} } }),
    record({
      ...child,
      sequence: 2,
      monotonic: 10,
      kind: 'event',
      data: { actor: 'worker-1', event: { type: 'process.exited' } },
    }),
    record({
      ...child,
      sequence: 3,
      monotonic: 10,
      kind: 'transition',
      data: {
        ...own,
        transitions: [],
        event: 'process.exited',
        from: { running: 'ready' },
        to: 'restarting',
        changes: {},
      },
    }),
  ]);
  t.is(nodeAt(store, 'worker-1', 1_005).state, 'ready');
  t.like(nodeAt(store, 'worker-1', 1_011), { state: 'restarting', mood: 'doubt' });
});

test('a timer runs until it has fired, or its state is left', async (t) => {
  const { store, at, cluster } = await recorded(async (cluster) => {
    cluster.crash('manager');
    await cluster.until(() => cluster.node('worker-1').peers.some(({ state }) => state === 'down'));
    await cluster.advance(1_500);
  });
  const peering = store.nodes.get('worker-1')?.actors.get('peering manager');
  if (peering === undefined) return t.fail();
  const moments = Array.from({ length: 400 }, (_, step) => cluster.now - 4_000 + step * 10);
  const timers = moments.map((now) => timersAt(store, peering, at(now)));
  t.true(timers.some((running) => running.length > 0));
  for (const [index, running] of timers.entries()) {
    const { state } = standingAt(store, peering, at(moments[index] as number));
    for (const { event, due } of running) {
      t.true(due >= at(moments[index] as number) - 1e-6, `${event} is due after ${moments[index]}`);
      t.true(`peering.${state}`.startsWith(event.split('.').slice(3).join('.')), `${event} in ${state}`);
    }
  }
});

test('a timer that has fired does not run, nor one whose state was left and entered again without it', (t) => {
  const own = { actor: 'peering manager', machine: 'initiator' };
  const told = (sequence: number, monotonic: number, fields: Parameters<typeof record>[0]) =>
    record({ ...fields, sequence, monotonic, wall: 1_000 + monotonic });
  const enter = (from: string, to: string) =>
    ({ kind: 'transition', data: { ...own, transitions: [], event: 'x', from, to, changes: {} } }) as const;
  const timer = (event: string, due: number) =>
    ({ kind: 'timer', data: { actor: own.actor, event, delay: 5_000, due } }) as const;
  const event = 'xstate.after.helloTimeout.peering.hello';
  const store = storeOf([
    told(1, 0, { kind: 'actor', data: { ...own, state: 'connecting', context: {} } }),
    told(2, 10, enter('connecting', 'hello')),
    told(3, 10, timer(event, 5_010)),
    told(4, 5_010, { kind: 'event', data: { actor: own.actor, event: { type: event } } }),
    told(5, 6_000, enter('hello', 'down')),
    told(6, 7_000, enter('down', 'hello')),
    told(7, 7_000, timer(event, 12_000)),
    told(8, 8_000, enter('hello', 'down')),
    told(9, 9_000, enter('down', 'hello')),
  ]);
  const actor = store.nodes.get('worker-1')?.actors.get(own.actor);
  if (actor === undefined) return t.fail();
  const running = (now: number) => timersAt(store, actor, 1_000 + now).map(({ due }) => due - 1_000);
  t.deepEqual(running(5), []);
  t.deepEqual(running(20), [5_010]);
  t.deepEqual(running(5_011), []);
  t.deepEqual(running(7_500), [12_000]);
  t.deepEqual(running(8_500), []);
  t.deepEqual(running(9_500), []);
});

test('a context is that of the actor when it began, and all changes since', async (t) => {
  const { store, records, at, cluster } = await recorded();
  const peering = store.nodes.get('worker-1')?.actors.get('peering manager');
  if (peering === undefined) return t.fail();
  const told = records.filter(({ kind, node, data }) => {
    return node === 'worker-1' && (kind === 'actor' || kind === 'transition') && data.actor === 'peering manager';
  });
  const expected: object = Object.assign(
    {},
    ...told.map(({ kind, data }) => (kind === 'actor' ? data.context : kind === 'transition' ? data.changes : {})),
  );
  t.true(Object.keys(expected).length > 3);
  t.deepEqual(contextAt(store, peering, at(cluster.now)), JSON.parse(JSON.stringify(expected)));
  t.deepEqual(contextAt(store, peering, at(-1)), {});
  t.is(takenUntil(store, peering, at(cluster.now)).get('connecting link.up'), 1);
});

test('clocks of processes that began at different times come together', (t) => {
  const store = storeOf([
    record({ node: 'a', id: 'a_1', wall: 5_000, monotonic: 100.25, kind: 'raised', data: { event: 'one' } }),
    record({ node: 'b', id: 'b_1', wall: 5_010, monotonic: 7_000.5, kind: 'raised', data: { event: 'three' } }),
    record({
      node: 'a',
      id: 'a_1',
      sequence: 2,
      wall: 5_005,
      monotonic: 105.25,
      kind: 'raised',
      data: { event: 'two' },
    }),
  ]);
  t.deepEqual(
    [0, 1, 2].map((position) => store.label(store.rows.at(position))),
    ['one', 'two', 'three'],
  );
});

test('a wall clock tells whole milliseconds: the record that comes closest to the next one sets a lifetime’s clock', (t) => {
  const told = (sequence: number, monotonic: number, wall: number) =>
    record({ sequence, monotonic, wall, kind: 'raised', data: { event: 'x' } });
  // Truly 4,900.9 ms apart.
  const store = storeOf([told(1, 100, 5_000), told(2, 100.5, 5_001), told(3, 100.2, 5_001)]);
  t.true(Math.abs(store.time(0) - 5_000.8) < 1e-6);
});

test('what is no record is counted, and what is not known left out', (t) => {
  const store = new TraceStore();
  store.append([
    'not JSON',
    '{"version":2}',
    '[]',
    '',
    toLine({ ...record({ kind: 'raised', data: { event: 'x' } }), kind: 'later' } as never),
    toLine(record({ kind: 'raised', data: { event: 'x' } })),
  ]);
  t.is(store.malformed, 3);
  t.is(store.unknown, 1);
  t.is(store.size, 1);
});

test('more records than it may hold: the oldest are forgotten and counted, states stay known', async (t) => {
  const { records, store: whole, cluster, at } = await recorded();
  const store = new TraceStore({ maxRecords: 100 });
  for (const record of records) store.append([toLine(record).trimEnd()]);
  t.true(store.size <= 100);
  t.is(store.forgotten, records.length - store.size);
  for (const actor of whole.actors.filter(({ machine }) => machine !== '')) {
    const same = store.nodes.get(actor.node)?.actors.get(actor.name);
    const now = at(cluster.now);
    t.is(standingAt(store, same, now).state, standingAt(whole, actor, now).state, `${actor.node} ${actor.name}`);
    t.deepEqual(same && contextAt(store, same, now), contextAt(whole, actor, now));
  }
  for (let position = 0; position < store.size; position += 1) {
    const row = store.rows.at(position);
    t.deepEqual(store.record(row), records[row]);
  }
});

test('names and messages may be anything', (t) => {
  const hostile = '<img src=x onerror=alert(1)>\u0000"\\';
  const store = storeOf([
    record({ node: '__proto__', id: 'constructor', kind: 'raised', data: { event: hostile } }),
    record({ kind: 'event', data: { actor: '__proto__', event: { type: hostile } } }),
    record({ sequence: 2, kind: 'transition', data: { actor: 5, to: null, changes: null } as never }),
    record({ sequence: 3, kind: 'fault', data: { fault: hostile, args: 'no list' } as never }),
  ]);
  t.is(store.size, 4);
  t.is(store.label(0), hostile);
  t.is(store.nodes.get('__proto__')?.lives[0]?.id, 'constructor');
});
