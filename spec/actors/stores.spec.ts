/**
 * Stores in a cluster of nodes in this process, over real sockets: what a master and its clones promise.
 */
import test, { type ExecutionContext } from 'ava';
import { type ClusterNode, joinCluster, type OptionsInput, type Store, type StoreInfo } from '../../index.js';
import { TestCluster, type TestNode } from '../helpers/test-cluster.js';

const code = (code: string) => ({ name: 'MusterError', code });

/** A cluster in which every node has the store `s`, whose master is at the manager. */
async function withStores(t: ExecutionContext, names: readonly string[], options: OptionsInput = {}) {
  const cluster = await TestCluster.create(t, names, options);
  const infos: Record<string, StoreInfo> = {};
  const setup = (node: ClusterNode) => {
    infos[node.name] = node.createStore('s');
    node.on('Muster::store_state', () => cluster.changed());
  };
  const nodes = await cluster.startAll(Object.fromEntries(names.map((name) => [name, { setup }])));
  const stores = Object.fromEntries(
    await Promise.all(
      names.map(async (name): Promise<[string, Store]> => [name, await (infos[name] as StoreInfo).ready]),
    ),
  );
  const store = (name: string) => stores[name] as Store;
  const node = (name: string) => (nodes[name] as TestNode).node;
  return { cluster, infos, store, node, setup };
}

/** Resolves once a replica shows what another one does. */
async function alike(one: Store, other: Store): Promise<void> {
  const show = (store: Store) => JSON.stringify([...store.entries()].map(([k, v]) => [String(k), String(v)]).sort());
  while (show(one) !== show(other)) await new Promise((resolve) => setImmediate(resolve));
}

test('outside a cluster a store is a master at once, and the same one for the same name', async (t) => {
  const node = await joinCluster({ options: { logLevel: 'silent' } });
  t.teardown(() => node.leave());
  const info = node.createStore<string, number>('counts');
  t.true(info.master);
  t.is(info.masterNode, '');
  t.is(info.backend, 'memory');
  const counts = await info.ready;
  t.is(counts, info.store);
  await counts.put('a', 1);
  t.is(await counts.increment('a', 2), 3);
  t.is(counts.get('a'), 3);
  t.is(node.createStore('counts').store as unknown, counts);
  t.throws(() => node.createStore('../up'), code('MUSTER_NAME_INVALID'));
});

test('what a clone writes is at the master, at itself once its promise settles, and then at the others', async (t) => {
  const { infos, store, node } = await withStores(t, ['manager', 'worker-1', 'worker-2']);
  t.deepEqual(
    [infos.manager?.master, infos['worker-1']?.master, infos['worker-1']?.masterNode],
    [true, false, 'manager'],
  );
  await store('worker-1').put('k', { a: [1, 2], at: new Date(5) });
  t.deepEqual(store('worker-1').get('k'), { a: [1, 2], at: new Date(5) });
  t.deepEqual(store('manager').get('k'), { a: [1, 2], at: new Date(5) });
  await alike(store('worker-2'), store('manager'));
  t.is(node('worker-2').createStore('s').store, store('worker-2'));
});

for (const where of ['manager', 'worker-1']) {
  test(`every operation does at ${where} what is documented`, async (t) => {
    const { store } = await withStores(t, ['manager', 'worker-1']);
    const s = store(where);
    t.is(s.get('none'), undefined);
    t.true(await s.putUnique('u', 1));
    t.false(await s.putUnique('u', 2));
    t.is(s.get('u'), 1);
    t.is(await s.increment('u', 4), 5);
    t.is(await s.decrement('u'), 4);
    await s.put('big', 1n);
    t.is(await s.increment('big', 2n ** 60n), 2n ** 60n + 1n);
    await s.put('when', new Date(1_000));
    t.deepEqual(await s.increment('when', 500), new Date(1_500));
    await s.put('text', 'a');
    await s.append('text', 'b');
    t.is(s.get('text'), 'ab');
    await s.put('list', [1]);
    await s.push('list', 2);
    await s.insertInto('list', 0, 0);
    t.deepEqual(s.get('list'), [0, 1, 2]);
    t.is(await s.pop('list'), 2);
    await s.removeFrom('list', 0);
    t.deepEqual(s.get('list'), [1]);
    t.is(s.getIndex('list', 0), 1);
    await s.put('set', new Set([1]));
    await s.insertInto('set', [2]);
    await s.insertInto('set', [2]);
    t.deepEqual(s.get('set'), new Set([1, [2]]));
    t.true(s.getIndex('set', [2]));
    await s.removeFrom('set', [2]);
    t.false(s.getIndex('set', [2]));
    await s.put('map', new Map());
    await s.insertInto('map', 'x', 1);
    t.is(s.getIndex('map', 'x'), 1);
    await s.put('object', { a: 1 });
    await s.insertInto('object', 'b', 2);
    await s.removeFrom('object', 'a');
    t.deepEqual(s.get('object'), { b: 2 });
    await s.put([1, 'a'], 'composed');
    t.is(s.get([1, 'a']), 'composed');
    t.true(s.has([1, 'a']));
    await s.erase([1, 'a']);
    t.false(s.has([1, 'a']));
    t.is(await s.update('u', (n) => (n as number) * 10), 40);
    t.is(await s.update('u', () => undefined), undefined);
    await s.batch([
      { type: 'put', key: 'x', value: 1 },
      { type: 'increment', key: 'x' },
      { type: 'erase', key: 'u' },
    ]);
    t.deepEqual([s.get('x'), s.has('u')], [2, false]);
    await t.throwsAsync(
      s.batch([
        { type: 'put', key: 'x', value: 9 },
        { type: 'push', key: 'x', value: 9 },
      ]),
      code('MUSTER_STORE_TYPE_CLASH'),
    );
    t.is(s.get('x'), 2);
    await t.throwsAsync(s.increment('none'), code('MUSTER_STORE_NO_SUCH_KEY'));
    await t.throwsAsync(s.increment('text'), code('MUSTER_STORE_TYPE_CLASH'));
    await t.throwsAsync(s.removeFrom('list', 7), code('MUSTER_STORE_NO_SUCH_INDEX'));
    await t.throwsAsync(s.put('f', { deep: [() => 1] }), { instanceOf: TypeError, message: /^value\.deep\[0\]/ });
    await t.throwsAsync(async () => s.put('e', 1, { expiry: -1 }), { instanceOf: TypeError });
    t.deepEqual([...s.keys()].map(String).sort(), ['big', 'list', 'map', 'object', 'set', 'text', 'when', 'x']);
    t.is(s.size, 8);
    await s.clear();
    t.is(s.size, 0);
    t.deepEqual([...s], []);
  });
}

test('values that are given out, and those that were put, are copies', async (t) => {
  const { store } = await withStores(t, ['manager', 'worker-1']);
  for (const s of [store('manager'), store('worker-1')]) {
    const value = { list: [1] };
    await s.put('k', value);
    value.list.push(2);
    (s.get('k') as typeof value).list.push(3);
    t.deepEqual(s.get('k'), { list: [1] });
  }
});

test('counts of many clones are all there', async (t) => {
  const workers = ['worker-1', 'worker-2', 'worker-3'];
  const { store } = await withStores(t, ['manager', ...workers]);
  await store('manager').put('n', 0);
  await Promise.all(workers.map((name) => alike(store(name), store('manager'))));
  await Promise.all(workers.flatMap((name) => Array.from({ length: 500 }, () => store(name).increment('n'))));
  t.is(store('manager').get('n'), 1_500);
  await Promise.all(
    workers.map((name) =>
      Promise.all(Array.from({ length: 20 }, () => store(name).update('n', (n) => (n as number) + 1))),
    ),
  );
  t.is(store('manager').get('n'), 1_560);
  for (const name of workers) await alike(store(name), store('manager'));
});

test('entries expire everywhere, and modifications leave their expiry as it is', async (t) => {
  const { cluster, store } = await withStores(t, ['manager', 'worker-1']);
  const [master, clone] = [store('manager'), store('worker-1')];
  const expired: unknown[] = [];
  clone.on('expire', (key, value) => {
    expired.push([key, value]);
    cluster.changed();
  });
  // Far enough away for a busy machine to do the rest before.
  const expiry = 1_000;
  await Promise.all([
    clone.put('k', 1, { expiry }),
    clone.increment('k'),
    clone.put('kept', 1, { expiry }),
    clone.put('kept', 2),
    clone.put('longer', 1, { expiry }),
    clone.increment('longer', 1, { expiry: 60_000 }),
  ]);
  t.is(clone.get('k'), 2);
  await cluster.until(() => expired.length > 0);
  t.deepEqual(expired, [['k', 2]]);
  for (const replica of [clone, master]) t.deepEqual([...replica.keys()].sort(), ['kept', 'longer']);
});

test('a clone that comes late gets what is there, and tells its listeners of changes', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const manager = await cluster.start('manager');
  const master = await manager.node.createStore('s').ready;
  for (let i = 0; i < 5_000; i++) void master.put(i, { i });
  const { node } = await cluster.start('worker-1');
  const { ready, store } = node.createStore('s');
  t.throws(() => store.get(1), code('MUSTER_STORE_NOT_READY'));
  const told: unknown[] = [];
  store.on('insert', (key, value) => told.push([key, value]));
  store.on('update', (key, value, old) => told.push([key, value, old]));
  store.on('erase', (key, value) => told.push([key, value]));
  await ready;
  t.is(told.length, 5_000);
  t.is(store.size, 5_000);
  t.deepEqual(store.get(4_999), { i: 4_999 });
  told.length = 0;
  await store.put('a', 1);
  await store.put('a', 2);
  await store.erase('a');
  t.deepEqual(told, [
    ['a', 1],
    ['a', 2, 1],
    ['a', 2],
  ]);
});

test('a clone waits for a master that is created later', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const nodes = await cluster.startAll();
  const { ready, store } = (nodes['worker-1'] as TestNode).node.createStore('s');
  const put = store.put('k', 1);
  const master = (nodes.manager as TestNode).node.createStore('s').store;
  await Promise.all([ready, put]);
  t.is(master.get('k'), 1);
});

test('a clone goes on without its master, and has what it missed once it is back', async (t) => {
  const { cluster, store, setup } = await withStores(t, ['manager', 'worker-1', 'worker-2'], {
    cloneStaleInterval: 60_000,
  });
  const w = store('worker-1');
  await w.put('k', 1);
  const manager = cluster.nodes.manager as ClusterNode;
  await manager.leave();
  await cluster.until(() => cluster.nodes['worker-1']?.getActiveNodeCount('manager') === 0);
  t.is(w.get('k'), 1);
  const later = Promise.all([w.put('later', 2), store('worker-2').put('other', 3)]);
  await cluster.start('manager', { setup });
  await later;
  t.deepEqual(Object.fromEntries(w.entries() as Iterable<[string, number]>).later, 2);
  t.false(w.has('k'), 'a memory master that restarts is empty, and so are its clones');
  await alike(store('worker-2'), w);
});

test('without its master a clone becomes stale, and its mutations are given up', async (t) => {
  const { cluster, store } = await withStores(t, ['manager', 'worker-1'], {
    cloneStaleInterval: 2_000, // it is read before
    cloneMutationBufferInterval: 100,
  });
  const w = store('worker-1');
  await w.put('k', 1);
  await cluster.nodes.manager?.leave();
  await cluster.until(() => cluster.nodes['worker-1']?.getActiveNodeCount('manager') === 0);
  t.is(w.get('k'), 1);
  await t.throwsAsync(w.put('k', 2), code('MUSTER_STORE_TIMEOUT'));
  await cluster.until(() => {
    try {
      w.get('k');
      return false;
    } catch {
      return true;
    }
  });
  t.throws(() => w.get('k'), code('MUSTER_STORE_STALE'));
});

test('where a master belongs that cannot be there is an error that says what is wrong', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1', 'worker-2'], {
    stores: { far: { masterNode: 'worker-2' }, lost: { masterNode: 'nobody' } },
  });
  const { node } = await cluster.start('worker-1');
  t.throws(() => node.createStore('far'), { ...code('MUSTER_STORE_UNREACHABLE'), message: /no peering with worker-2/ });
  t.throws(() => node.createStore('lost'), { ...code('MUSTER_NODE_UNKNOWN'), message: /nobody/ });
  const loggers = await TestCluster.create(t, ['logger-1']);
  const logger = await loggers.start('logger-1');
  t.throws(() => logger.node.createStore('s'), code('MUSTER_STORE_NO_MASTER'));
});

test('a persistent store outlives its master, and clones go on with it', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const setup = (node: ClusterNode) => {
    node.createStore('kept', { persistent: true });
  };
  const nodes = await cluster.startAll({ manager: { setup }, 'worker-1': { setup } });
  const clone = await (nodes['worker-1'] as TestNode).node.stores.kept?.ready;
  t.is((nodes.manager as TestNode).node.stores.kept?.backend, 'lmdb');
  await clone?.put('k', { since: new Date(7) });
  const many = Promise.all(Array.from({ length: 1_000 }, (_, i) => clone?.put(i, i)));
  await many;
  await cluster.nodes.manager?.leave();
  const later = clone?.increment(1, 10);
  const again = await cluster.start('manager', { setup });
  const master = await again.node.stores.kept?.ready;
  t.is(await later, 11);
  t.is(master?.get(1), 11);
  t.is(master?.size, 1_001);
  t.deepEqual(master?.get('k'), { since: new Date(7) });
  t.deepEqual(clone?.get('k'), { since: new Date(7) });
});

test('a store grows no further than it may, clones are told so, and after a restart it knows how large it is', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1'], {
    stores: { kept: { maxEntries: 3, maxBytes: 200 } },
  });
  const setup = (node: ClusterNode) => {
    node.createStore('kept', { persistent: true });
  };
  const nodes = await cluster.startAll({ manager: { setup }, 'worker-1': { setup } });
  const info = (nodes['worker-1'] as TestNode).node.stores.kept;
  t.deepEqual([info?.maxEntries, info?.maxBytes], [3, 200]);
  const clone = (await info?.ready) as Store;
  const first = (nodes.manager as TestNode).node.stores.kept?.store as Store;
  await Promise.all(['a', 'b', 'c'].map((key) => clone.put(key, key)));
  const full = { ...code('MUSTER_STORE_FULL'), message: /^store kept: it is full: .* the limit is 3 \(maxEntries\)/ };
  await t.throwsAsync(clone.put('d', 1), full);
  await t.throwsAsync(first.putUnique('d', 1), full);
  await cluster.nodes.manager?.leave();
  const again = await cluster.start('manager', { setup });
  const master = (await again.node.stores.kept?.ready) as Store;
  await t.throwsAsync(clone.put('d', 1), full);
  await t.throwsAsync(clone.put('a', 'x'.repeat(200)), {
    ...code('MUSTER_STORE_FULL'),
    message: /the limit is 200 \(maxBytes\)/,
  });
  await clone.erase('b');
  await clone.put('d', 1);
  t.deepEqual([...master.keys()].sort(), ['a', 'c', 'd']);
  t.deepEqual([...clone.entries()].sort(), [...master.entries()].sort());
});

test('a store that cannot be opened is told where and why, and its node lives on', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1'], {
    defaultStoreDir: '/dev/null/stores',
    cloneMutationBufferInterval: 50,
  });
  const setup = (node: ClusterNode) => {
    node.createStore('kept', { persistent: true });
  };
  const nodes = await cluster.startAll({ manager: { setup }, 'worker-1': { setup } });
  const { ready, store } = (nodes.manager as TestNode).node.stores.kept as StoreInfo;
  await t.throwsAsync(ready, code('MUSTER_STORE_OPEN_FAILED'));
  t.throws(() => store.get(1), code('MUSTER_STORE_OPEN_FAILED'));
  await t.throwsAsync(store.put(1, 1), code('MUSTER_STORE_OPEN_FAILED'));
  t.is((nodes.manager as TestNode).node.state, 'ready');
});

test('a node that awaits one mutation after the other does not keep its event loop', async (t) => {
  const node = await joinCluster({ options: { logLevel: 'silent' } });
  t.teardown(() => node.leave());
  const { store } = node.createStore<string, number>('counts');
  let hasTurned = false;
  setImmediate(() => {
    hasTurned = true;
  });
  let count = 0;
  while (!hasTurned && count < 100_000) await store.put('n', ++count);
  t.true(hasTurned);
  const all = Array.from({ length: 1_000 }, (_, i) => store.put('n', i));
  t.is(store.get('n'), 999, 'in the order in which they were made, and shown at once');
  await Promise.all(all);
  t.is(store.get('n'), 999);
});

test('a mutation is given up in time where the node of the master is up and has no such master', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1'], { cloneMutationBufferInterval: 100 });
  const nodes = await cluster.startAll();
  const { store } = (nodes['worker-1'] as TestNode).node.createStore('s');
  await t.throwsAsync(store.put('k', 1), code('MUSTER_STORE_TIMEOUT'));
});
