/**
 * Another layout for a cluster that runs: who follows it, and what that costs the others: nothing.
 */
import test from 'ava';
import { partsOf } from '../../actors/cluster-node.js';
import type { ClusterNode } from '../../index.js';
import { loadLayout } from '../../layout/load-layout.js';
import type { LayoutDefinition, Node } from '../../layout/types.js';
import { type SimulatedCluster, type SimulationOptions, simulateCluster } from '../../testing/index.js';

const ip = '10.0.0.1';
const worker: Node = { nodeType: 'worker', ip };
const layout: Record<string, Node> = {
  'logger-1': { nodeType: 'logger', ip, port: 1_000 },
  manager: { nodeType: 'manager', ip, port: 1_001 },
  'proxy-1': { nodeType: 'proxy', ip, port: 1_002 },
  'worker-1': worker,
  'worker-2': worker,
};
const options = { retryInterval: 1_000, unresponsiveInterval: 4_000 };

function without(nodes: Record<string, Node>, ...names: string[]): Record<string, Node> {
  return Object.fromEntries(Object.entries(nodes).filter(([name]) => !names.includes(name)));
}

async function ready(
  given: Partial<SimulationOptions> & { layout?: LayoutDefinition } = {},
): Promise<SimulatedCluster> {
  const cluster = await simulateCluster({ layout, options, ...given });
  await cluster.until(() => isWhole(cluster));
  return cluster;
}

/** Whether every node is ready and all its peers are up. */
function isWhole(cluster: SimulatedCluster): boolean {
  return cluster.running.every((name) => {
    const { state, peers } = cluster.node(name);
    return state === 'ready' && peers.every((peer) => peer.state === 'up');
  });
}

/** How often a node has been connected to each of its peers. */
function connectionsOf(cluster: SimulatedCluster, name: string): Record<string, number> {
  return Object.fromEntries(cluster.node(name).peers.map((peer) => [peer.name, peer.counters.connections]));
}

test('while some nodes come, go and move, events between the others arrive in order, none twice and none lost', async (t) => {
  const heard: Record<string, number[]> = {};
  const setup = (node: ClusterNode) => {
    node.on('App::number', (from: string, number: number) => {
      const way = `${from} → ${node.name}`;
      heard[way] = heard[way] ?? [];
      heard[way].push(number);
    });
  };
  const cluster = await ready({ setup });
  const pairs = [
    ['worker-1', 'manager'],
    ['manager', 'worker-1'],
    ['worker-1', 'logger-1'],
    ['manager', 'logger-1'],
    ['logger-1', 'manager'],
  ] as const;
  let sent = 0;
  let hasRoom = true;
  const publish = () => {
    if (!hasRoom) return;
    sent += 1;
    for (const [from, to] of pairs) {
      const node = cluster.node(from);
      if (!node.publish(node.nodeTopic(to), 'App::number', from, sent)) hasRoom = false;
    }
    if (hasRoom) return;
    const drained = pairs.map(([from]) => cluster.node(from).drained());
    void Promise.all(drained).then(() => {
      hasRoom = true;
    });
  };
  const flow = async (ms: number) => {
    for (let i = 0; i < ms; i++) {
      publish();
      await cluster.advance(1);
    }
  };
  const before = connectionsOf(cluster, 'manager');

  await flow(50);
  let isOver = false;
  const next = { ...without(layout, 'worker-2'), 'proxy-1': { ...layout['proxy-1'], port: 2_002 }, 'worker-3': worker };
  const reloading = cluster.reload(next as LayoutDefinition).finally(() => {
    isOver = true;
  });
  // The cluster lets time go by itself meanwhile: what is published is published between its steps.
  for (let last = cluster.now; !isOver; ) {
    if (cluster.now - last >= 5) {
      last = cluster.now;
      publish();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.deepEqual(await reloading, {
    added: ['worker-3'],
    changed: [{ name: 'proxy-1', fields: ['port'], restarts: true }],
    removed: ['worker-2'],
  });
  await flow(50);
  t.true(await cluster.until(() => isWhole(cluster)));
  await cluster.advance(1_000);

  const all = Array.from({ length: sent }, (_, i) => i + 1);
  for (const [from, to] of pairs) t.deepEqual(heard[`${from} → ${to}`], all, `${from} → ${to}`);
  t.true(sent > 100);
  const after = connectionsOf(cluster, 'manager');
  t.deepEqual([after['logger-1'], after['worker-1']], [before['logger-1'], before['worker-1']]);
  t.deepEqual(Object.keys(after).sort(), ['logger-1', 'proxy-1', 'worker-1', 'worker-3']);
  t.is(connectionsOf(cluster, 'worker-1').manager, 1);
  t.deepEqual(cluster.running.sort(), ['logger-1', 'manager', 'proxy-1', 'worker-1', 'worker-3']);
});

test('nobody is refused, nobody is degraded by who comes or goes, and nothing is lost', async (t) => {
  const told: string[] = [];
  const setup = (node: ClusterNode) => {
    for (const event of ['Muster::degraded', 'Muster::events_lost', 'Cluster::Experimental::cluster_started'])
      node.on(event, () => told.push(`${node.name} ${event}`));
    node.on('Cluster::node_down', (name: string) => told.push(`${node.name} down ${name}`));
  };
  const cluster = await ready({ setup });
  told.length = 0;
  const last = cluster.node('worker-2');
  last.publish(last.nodeTopic('manager'), 'App::last');
  await cluster.reload({ ...without(layout, 'worker-2'), 'worker-3': worker });
  // Its bye was the end of their peering.
  t.deepEqual(Object.keys(connectionsOf(cluster, 'manager')), ['logger-1', 'proxy-1', 'worker-1', 'worker-3']);
  t.true(await cluster.until(() => isWhole(cluster)));
  t.deepEqual(told.sort(), ['logger-1 down worker-2', 'manager down worker-2', 'proxy-1 down worker-2']);
  t.deepEqual(
    cluster.lines.filter(({ kind }) => kind !== 'log'),
    [],
  );
  t.is(cluster.node('manager').getNodeCount('worker'), 2);
  t.deepEqual(Object.keys(cluster.node('manager').nodes()), ['logger-1', 'manager', 'proxy-1', 'worker-1', 'worker-3']);
});

test('what a node that goes has published before is delivered, although its peers know already that it goes', async (t) => {
  const heard: number[] = [];
  const setup = (node: ClusterNode) => {
    if (node.name === 'manager') node.on('App::number', (number: number) => heard.push(number));
  };
  const cluster = await ready({ setup, latency: [20, 20] });
  const worker2 = cluster.node('worker-2');
  for (let i = 0; i < 1_000; i++) worker2.publish(worker2.nodeTopic('manager'), 'App::number', i);
  await cluster.reload(without(layout, 'worker-2'));
  t.deepEqual(
    heard,
    Array.from({ length: 1_000 }, (_, i) => i),
  );
});

/** Only this node is told of another layout. */
async function follow(cluster: SimulatedCluster, name: string, next: LayoutDefinition): Promise<void> {
  await partsOf(cluster.node(name)).follower.follow((await loadLayout(next, {})).layout);
}

test('a peer that the layout has no more, but that stays, is told bye after leaveTimeout, and refused', async (t) => {
  const cluster = await ready();
  await follow(cluster, 'manager', without(layout, 'worker-2'));
  const stateOf = (name: string) => cluster.node('manager').peers.find((peer) => peer.name === name)?.state;
  await cluster.advance(4_900);
  t.is(stateOf('worker-2'), 'up');
  await cluster.advance(200);
  t.is(stateOf('worker-2'), undefined);
  await cluster.advance(3_000);
  const refusals = cluster.lines.filter(({ message }) => /"worker-2" is no node of the layout/.test(message));
  t.deepEqual([...new Set(refusals.map(({ node }) => node))].sort(), ['manager', 'worker-2']);
  t.is(stateOf('worker-1'), 'up');
});

test('a peer that is something else now need not wait until its old peering has ended', async (t) => {
  const cluster = await ready();
  const next = { ...layout, 'worker-2': { nodeType: 'proxy', ip, port: 3_002 } } as LayoutDefinition;
  for (const name of ['logger-1', 'manager']) await follow(cluster, name, next);
  // Its peers ask for a second whether it is there.
  cluster.crash('worker-2');
  await cluster.advance(50);
  await cluster.start('worker-2', { layout: next });
  await cluster.advance(200);
  const { state, type } = cluster.node('manager').peers.find(({ name }) => name === 'worker-2') ?? {};
  t.deepEqual([state, type], ['up', 'proxy']);
});

test('a ready node that gets a new peer stays ready; one that waits for a peer that goes is ready then', async (t) => {
  const cluster = await ready({ start: ['logger-1', 'manager', 'worker-1', 'worker-2'] });
  await cluster.advance(5_000);
  t.is(cluster.node('worker-1').state, 'connecting');
  await cluster.reload(without(layout, 'proxy-1'));
  await cluster.advance(1_000);
  t.is(cluster.node('worker-1').state, 'ready');
  const states = new Set<string>();
  cluster.node('manager').on('Muster::degraded', () => states.add('degraded'));
  await cluster.reload(layout);
  t.true(await cluster.until(() => isWhole(cluster)));
  t.deepEqual([...states], []);
});

test('a manager that waits for a node that goes says that the cluster has started', async (t) => {
  let started = 0;
  const setup = (node: ClusterNode) => {
    if (node.name === 'manager') node.on('Cluster::Experimental::cluster_started', () => (started += 1));
  };
  const cluster = await simulateCluster({
    layout,
    options,
    setup,
    start: ['logger-1', 'manager', 'proxy-1', 'worker-1'],
  });
  await cluster.advance(5_000);
  t.is(started, 0);
  await cluster.reload(without(layout, 'worker-2'));
  t.true(await cluster.until(() => started === 1));
  await cluster.reload(layout);
  t.true(await cluster.until(() => isWhole(cluster)));
  await cluster.advance(5_000);
  t.is(started, 1);
});

test('pools follow: members come and go, turns go on, and who hears of it', async (t) => {
  const told: unknown[][] = [];
  const setup = (node: ClusterNode) => {
    if (node.name === 'manager') node.on('Muster::pool_changed', (...change: unknown[]) => told.push(change));
  };
  const cluster = await ready({ setup });
  const {
    workerPool,
    options: { workerPoolSpec },
  } = cluster.node('manager');
  const pick = () => cluster.node('manager').rrTopic(workerPool);
  pick();
  told.length = 0;
  await cluster.reload(without(layout, 'worker-2'));
  // It was the turn of the one that is gone.
  t.is(pick(), cluster.node('manager').nodeTopic('worker-1'));
  t.deepEqual(told, [[workerPoolSpec.topic, 'worker-2', false]]);
  await cluster.reload({ ...layout, 'worker-3': worker });
  t.true(await cluster.until(() => isWhole(cluster)));
  t.deepEqual(
    workerPool.members.map(({ name, alive }) => [name, alive]),
    [
      ['worker-1', true],
      ['worker-2', true],
      ['worker-3', true],
    ],
  );
  t.is(told.length, 3);
});

test('records go to the new logger, to none, and to the manager where it is the logger', async (t) => {
  const setup = (node: ClusterNode) => node.createLogStream('App::LOG', { columns: { n: 'count' } });
  const cluster = await ready({ setup, options: { ...options, managerIsLogger: true } });
  const write = async (n: number) => {
    cluster.node('worker-1').writeLog('App::LOG', { n });
    const flushed = cluster.node('worker-1').flush();
    let isKept = false;
    void flushed.then(() => (isKept = true));
    t.true(await cluster.until(() => isKept));
  };
  const keptAt = (name: string) => {
    const texts = [...cluster.filesOf(name)].map(([path, bytes]) =>
      /app[^/]*\.log$/.test(path) ? new TextDecoder().decode(bytes) : '',
    );
    return [...texts.join('').matchAll(/"n":(\d+)/g)].map(([, n]) => Number(n));
  };
  await write(1);
  t.deepEqual(keptAt('logger-1'), [1]);
  const other = { ...without(layout, 'logger-1'), 'logger-2': { nodeType: 'logger', ip, port: 2_000 } as Node };
  await cluster.reload(other);
  await write(2);
  t.deepEqual(keptAt('logger-2'), [2]);
  await cluster.reload(without(other, 'logger-2'));
  await write(3);
  t.deepEqual(keptAt('manager'), [3]);
  await cluster.reload(layout);
  await write(4);
  t.deepEqual(keptAt('logger-1'), [1, 4]);
});

test('a manager hears what is for loggers for as long as there is none', async (t) => {
  const heard: unknown[][] = [];
  const setup = (node: ClusterNode) => node.on('App::note', (...args: unknown[]) => heard.push([node.name, ...args]));
  const cluster = await ready({ setup, options: { ...options, managerIsLogger: true } });
  const publish = async (n: number) => {
    const from = cluster.node('worker-1');
    from.publish(from.options.loggerTopic, 'App::note', n);
    await cluster.advance(100);
  };
  await publish(1);
  await cluster.reload(without(layout, 'logger-1'));
  await cluster.advance(100);
  await publish(2);
  await cluster.reload(layout);
  t.true(await cluster.until(() => isWhole(cluster)));
  await publish(3);
  t.deepEqual(heard, [
    ['logger-1', 1],
    ['manager', 2],
    ['logger-1', 3],
  ]);
});

test('a layout in which a node cannot go on is refused, and nothing has changed', async (t) => {
  const setup = (node: ClusterNode) => void node.createStore('hosts');
  const cluster = await ready({ setup });
  const boss = { ...without(layout, 'manager'), boss: { nodeType: 'manager', ip, port: 3_000 } as Node };
  const error = await t.throwsAsync(cluster.reload(boss), { code: 'MUSTER_LAYOUT_INVALID' } as object);
  t.regex(error?.message ?? '', /logger-1 cannot go on in it: store hosts: its master would move from manager to boss/);
  t.true(isWhole(cluster));
  t.deepEqual(Object.keys(cluster.layout), Object.keys(layout));

  const exclusive = (node: ClusterNode) =>
    void node.registerPool({ topic: 'app/x/', nodeType: 'worker', maxNodes: 2, exclusive: true });
  const pooled = await ready({ setup: exclusive });
  await t.throwsAsync(pooled.reload(without(layout, 'worker-2')), { message: /exclusive pools need 2 nodes/ });
  t.true(isWhole(pooled));
});

test('stores go on: a clone of a node that is restarted elsewhere comes back, the others keep theirs', async (t) => {
  const setup = (node: ClusterNode) => void node.createStore('hosts');
  const cluster = await ready({ setup });
  const sizeAt = (name: string) => cluster.node(name).stores.hosts?.store.size;
  void cluster.node('worker-1').stores.hosts?.store.put('a', 1);
  t.true(await cluster.until(() => sizeAt('worker-2') === 1));
  await cluster.reload({ ...layout, 'proxy-1': { nodeType: 'proxy', ip, port: 2_002 }, 'worker-3': worker });
  t.true(await cluster.until(() => isWhole(cluster) && sizeAt('proxy-1') === 1 && sizeAt('worker-3') === 1));
});
