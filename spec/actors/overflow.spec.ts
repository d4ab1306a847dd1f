import test, { type ExecutionContext } from 'ava';
import type { ClusterNode, OptionsInput, PeerCounters } from '../../index.js';
import { CutProxy } from '../helpers/cut-proxy.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';

/**
 * A worker with a small buffer, and a manager whose handlers do not finish before `letGo()`, so that no credit returns.
 */
async function slowManager(t: ExecutionContext, options: OptionsInput) {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const heard: number[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const setup = (node: ClusterNode) =>
    node.on('App::event', (n) => {
      heard.push(n);
      cluster.changed();
      return gate;
    });
  const nodes = await cluster.startAll({
    manager: { setup, options: { creditWindow: 128 * 1_024 } },
    'worker-1': { options: { maxBufferedEvents: 160, ...options } },
  });
  const [manager, worker] = [nodes.manager, nodes['worker-1']];
  if (manager === undefined || worker === undefined) throw new Error('not started');
  let published = 0;
  const publish = (count: number) => {
    for (let i = 0; i < count; i++) {
      published += 1;
      worker.node.publish('zeek/cluster/manager', 'App::event', published, new Uint8Array(8_000));
    }
  };
  const lostAt = (node: typeof worker) =>
    factsOf(node.facts, 'events_lost').reduce((sum, [, , , n]) => sum + (n as number), 0);
  return { cluster, heard, manager, worker, publish, letGo: () => open(), lostAt };
}

/** Numbers between `1` and the last that are missing. */
function missing(heard: readonly number[], last: number): number[] {
  const present = new Set(heard);
  return Array.from({ length: last }, (_, i) => i + 1).filter((n) => !present.has(n));
}

test('dropNewest: what finds no room is lost, the rest arrives in order, and both ends count the same', async (t) => {
  const { cluster, heard, manager, worker, publish, letGo, lostAt } = await slowManager(t, { overflow: 'dropNewest' });
  publish(500);
  letGo();
  await cluster.until(() => lostAt(worker) > 0 && lostAt(manager) === lostAt(worker));
  publish(1);
  await cluster.until(() => heard.at(-1) === 501);
  t.deepEqual(
    heard,
    [...heard].sort((a, b) => a - b),
  );
  t.is(missing(heard, 501).length, lostAt(worker));
  t.deepEqual(missing(heard, 501).at(-1), 500, 'the newest are lost');
  t.is(worker.node.peers[0]?.counters.lost['buffer full'], lostAt(worker));
  t.is(manager.node.peers[0]?.counters.lost['buffer full'], lostAt(worker));
  t.is(factsOf(worker.facts, 'events_lost').length, 1, 'a burst is told once');
});

test('dropOldest: the newest arrive, and both ends count what does not', async (t) => {
  const { cluster, heard, manager, worker, publish, letGo, lostAt } = await slowManager(t, { overflow: 'dropOldest' });
  publish(500);
  letGo();
  await cluster.until(() => heard.at(-1) === 500);
  await cluster.until(() => lostAt(worker) > 0 && lostAt(manager) === lostAt(worker));
  t.deepEqual(
    heard,
    [...heard].sort((a, b) => a - b),
  );
  t.is(missing(heard, 500).length, lostAt(worker));
  t.true(
    missing(heard, 500).every((n) => n < 400),
    'the newest are kept',
  );
});

test('block: a peer that has stopped reading holds nobody up while its buffer has room', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1', 'worker-2']);
  const heard = { 'worker-1': 0, 'worker-2': 0 };
  const setup = (node: ClusterNode) =>
    node.on('App::event', () => {
      heard[node.name as keyof typeof heard] += 1;
      cluster.changed();
      return node.name === 'worker-1' ? new Promise(() => {}) : undefined;
    });
  const nodes = await cluster.startAll({ 'worker-1': { setup }, 'worker-2': { setup } });
  const manager = nodes.manager?.node as ClusterNode;
  let waits = 0;
  for (let i = 0; i < 1_000; i++) {
    if (manager.publish('zeek/cluster/worker', 'App::event', new Uint8Array(8_000))) continue;
    waits += 1;
    await manager.drained();
  }
  await cluster.until(() => heard['worker-2'] === 1_000);
  t.true(heard['worker-1'] < 200);
  t.true(waits > 0);
});

test('disconnect: the peering ends and comes back, and what was kept is counted', async (t) => {
  const { cluster, heard, worker, publish, letGo, lostAt } = await slowManager(t, { overflow: 'disconnect' });
  const counters = () => worker.node.peers[0]?.counters as PeerCounters;
  const { eventsOut, unacknowledged } = counters();
  publish(200);
  // What the framework had on its way is no loss: it sends that again.
  const framework = counters().eventsOut - eventsOut + unacknowledged - (counters().lost['buffer full'] ?? 0);
  t.true(framework >= 0 && framework <= 2, `${framework}`);
  t.is(factsOf(worker.facts, 'node_down').length, 1);
  letGo();
  await cluster.until(() => factsOf(worker.facts, 'node_up').length === 2 && lostAt(worker) > 0);
  worker.node.publish('zeek/cluster/manager', 'App::event', 201);
  await cluster.until(() => heard.at(-1) === 201);
  t.deepEqual(
    heard,
    [...heard].sort((a, b) => a - b),
  );
  t.true(missing(heard, 201).length >= 1);
});

test('a policy can be set for one peer or for a node type', async (t) => {
  for (const overflowFor of [{ manager: 'dropNewest' }, { worker: 'disconnect', manager: 'dropNewest' }] as const) {
    const { worker, publish, lostAt, cluster, letGo } = await slowManager(t, { overflowFor });
    publish(500);
    await cluster.until(() => lostAt(worker) > 0);
    t.is(worker.node.getActiveNodeCount('manager'), 1);
    letGo();
  }
});

for (const onPeerRestart of ['drop', 'redeliver'] as const) {
  test(`${onPeerRestart}: what happens to events that a peer had not acknowledged when it died`, async (t) => {
    const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
    const heard: number[][] = [[], []];
    const startManager = (lifetime: number) =>
      cluster.start('manager', {
        options: { leaveTimeout: 0 },
        setup: (node) =>
          node.on('App::event', (n) => {
            heard[lifetime]?.push(n);
            cluster.changed();
          }),
      });
    const first = await startManager(0);
    const proxy = await CutProxy.open(t, cluster.layout.manager?.port as number);
    const layout = { ...cluster.layout, manager: { nodeType: 'manager' as const, ip: '127.0.0.1', port: proxy.port } };
    const worker = await cluster.start('worker-1', { layout, options: { onPeerRestart } });
    await worker.node.ready();
    const publish = (n: number) => worker.node.publish('zeek/cluster/manager', 'App::event', n);
    publish(1);
    await cluster.until(() => heard[0]?.length === 1 && worker.node.peers[0]?.counters.unacknowledged === 0);
    // As if it had died: nothing of its farewell gets through.
    proxy.freeze('there', 'back');
    for (let n = 2; n <= 10; n++) publish(n);
    await first.node.leave();
    proxy.cut();
    await startManager(1);
    proxy.heal();
    await cluster.until(() => factsOf(worker.facts, 'node_up').length === 2);
    publish(11);
    await cluster.until(() => heard[1]?.at(-1) === 11);
    if (onPeerRestart === 'redeliver') {
      t.deepEqual(heard, [[1], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]);
      t.deepEqual(factsOf(worker.facts, 'events_lost'), []);
    } else {
      await cluster.until(() => factsOf(worker.facts, 'events_lost').length === 1);
      t.deepEqual(heard, [[1], [11]]);
      t.deepEqual(factsOf(worker.facts, 'events_lost'), [
        ['events_lost', 'manager', first.node.id, 9, 'peer restarted'],
      ]);
    }
  });
}
