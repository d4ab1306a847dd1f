import { randomInt } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { type ClusterNode, joinCluster, type OptionsInput, type Pool, type PoolSpec } from '../../../index.js';
import { type SimulatedCluster, simulateCluster } from '../../../testing/index.js';
import { Random } from '../../helpers/random.js';
import { TestCluster } from '../../helpers/test-cluster.js';

const ip = '127.0.0.1';
const layout = {
  manager: { nodeType: 'manager', ip, port: 1_000 },
  'proxy-2': { nodeType: 'proxy', ip, port: 1_002 },
  'proxy-1': { nodeType: 'proxy', ip, port: 1_001 },
  'proxy-3': { nodeType: 'proxy', ip, port: 1_003 },
  'worker-1': { nodeType: 'worker', ip },
  'worker-2': { nodeType: 'worker', ip },
} as const;

const proxies = ['proxy-1', 'proxy-2', 'proxy-3'];
const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`);
const topicOf = (name = '') => `zeek/cluster/node/${name}/`;
const namesOf = (pool: Pool) => pool.members.map(({ name }) => name);
const aliveOf = (pool: Pool) => pool.members.filter(({ alive }) => alive).map(({ name }) => name);

interface Start {
  readonly options?: OptionsInput;
  readonly setup?: (node: ClusterNode) => void;
  readonly seed?: number;
}

/** A simulated cluster whose nodes write down what they handle: `[node, key]` of each job, and each change of a pool. */
async function start({ options, setup, seed = 1 }: Start = {}) {
  const jobs: [node: string, key: unknown, sender: string | undefined][] = [];
  const changes: [node: string, topic: string, name: string, alive: boolean][] = [];
  const cluster = await simulateCluster({
    layout,
    seed,
    options: { retryInterval: 1_000, ...options },
    setup: (node) => {
      node.on('App::job', (key: unknown) => jobs.push([node.name, key, node.eventSender()]));
      node.on('Muster::pool_changed', (...change) => changes.push([node.name, ...change]));
      setup?.(node);
    },
  });
  await cluster.until(() => isWhole(cluster));
  return { cluster, jobs, changes };
}

function isWhole(cluster: SimulatedCluster): boolean {
  const nodes = cluster.running.map((name) => cluster.node(name));
  return (
    nodes.length === Object.keys(layout).length &&
    nodes.every(({ peers }) => peers.every(({ state }) => state === 'up'))
  );
}

test('the predefined pools have the nodes of their types, in order, and who of them is up', async (t) => {
  const { cluster } = await start();
  const worker = cluster.node('worker-1');
  t.deepEqual(namesOf(worker.proxyPool), proxies);
  t.is(worker.proxyPool.aliveCount, 3);
  t.deepEqual(worker.proxyPool.members[0], {
    name: 'proxy-1',
    alias: 'proxy-1.0',
    siteId: 2_719_221_839,
    topic: topicOf('proxy-1'),
    alive: true,
  });
  t.deepEqual(aliveOf(worker.workerPool), ['worker-1'], 'itself; workers do not see each other');
  t.deepEqual(aliveOf(cluster.node('manager').workerPool), ['worker-1', 'worker-2']);
  t.deepEqual(aliveOf(worker.loggerPool), ['manager'], 'which is the logger');
  const { spec } = worker.proxyPool;
  t.deepEqual(spec, { topic: 'zeek/cluster/pool/proxy', nodeType: 'proxy' });
  for (const part of [spec, worker.proxyPool.members, worker.proxyPool.members[0]]) t.true(Object.isFrozen(part));
});

test('all nodes that see the same members pick the same one for a key', async (t) => {
  const { cluster } = await start();
  const [one, other, manager] = ['worker-1', 'worker-2', 'manager'].map((name) => cluster.node(name));
  const picks = keys.map((key) => one?.hrwTopic(one.proxyPool, key));
  t.deepEqual(
    picks,
    keys.map((key) => other?.hrwTopic(other.proxyPool, key)),
  );
  t.deepEqual(
    picks,
    keys.map((key) => manager?.hrwTopic(manager.proxyPool, key)),
  );
  t.deepEqual([...new Set(picks)].sort(), proxies.map(topicOf));
});

test('publishHrw reaches the node that hrwTopic names, once', async (t) => {
  const { cluster, jobs } = await start();
  const worker = cluster.node('worker-1');
  for (const key of keys) t.true(worker.publishHrw(worker.proxyPool, key, 'App::job', key));
  await cluster.advance(1_000);
  t.is(jobs.length, keys.length);
  for (const [name, key, sender] of jobs) {
    t.is(worker.hrwTopic(worker.proxyPool, key), topicOf(name));
    t.is(sender, 'worker-1');
  }
});

test('round robin goes through the members that are alive; each key has its own turns', async (t) => {
  const { cluster, jobs } = await start();
  const worker = cluster.node('worker-1');
  const next = (key?: string) => worker.rrTopic(worker.proxyPool, key);
  const [first, second, third] = proxies.map(topicOf);
  t.deepEqual([next(), next(), next(), next()], [first, second, third, first]);
  t.deepEqual([next('other'), next(), next('other')], [first, second, second]);
  cluster.crash('proxy-3');
  await cluster.until(() => worker.proxyPool.aliveCount === 2);
  t.deepEqual([next(), next(), next('other'), next('other')], [first, second, first, second]);
  for (let i = 0; i < 4; i++) worker.publishRr(worker.proxyPool, 'jobs', 'App::job', i);
  await cluster.advance(1_000);
  t.deepEqual(jobs.map(([name, i]) => [name, i]).sort(), [
    ['proxy-1', 0],
    ['proxy-1', 2],
    ['proxy-2', 1],
    ['proxy-2', 3],
  ]);
});

test('what falls to the node itself is raised there, at once', async (t) => {
  const { cluster, jobs } = await start();
  const proxy = cluster.node('proxy-1');
  t.deepEqual(aliveOf(proxy.proxyPool), ['proxy-1'], 'proxies do not see each other');
  t.true(proxy.publishHrw(proxy.proxyPool, 'a key', 'App::job', 1));
  t.true(proxy.publishRr(proxy.proxyPool, '', 'App::job', 2));
  t.deepEqual(jobs, [
    ['proxy-1', 1, undefined],
    ['proxy-1', 2, undefined],
  ]);
  t.is(proxy.hrwTopic(proxy.proxyPool, 'a key'), topicOf('proxy-1'));
});

test('members, and only they, get what is published to the topic of a pool', async (t) => {
  const { cluster, jobs } = await start({
    setup: (node) => node.registerPool({ topic: 'app/pool/few', nodeType: 'proxy', maxNodes: 2 }),
  });
  cluster.node('worker-1').publish('app/pool/few', 'App::job', 'few');
  cluster.node('worker-1').publish('zeek/cluster/pool/proxy', 'App::job', 'all');
  cluster.node('worker-1').publish('zeek/cluster/pool/logger', 'App::job', 'log');
  cluster.node('manager').publish('zeek/cluster/pool/worker', 'App::job', 'work');
  await cluster.advance(1_000);
  const gotBy = (key: string) =>
    jobs
      .filter(([, job]) => job === key)
      .map(([name]) => name)
      .sort();
  t.deepEqual(gotBy('few'), ['proxy-1', 'proxy-2']);
  t.deepEqual(gotBy('all'), proxies);
  t.deepEqual(gotBy('log'), ['manager']);
  t.deepEqual(gotBy('work'), ['worker-1', 'worker-2']);
});

test('the specs of the predefined pools are options, and exclusive pools take their nodes away', async (t) => {
  const mine: Pool[] = [];
  const { cluster } = await start({
    options: { proxyPoolSpec: { topic: 'zeek/cluster/pool/proxy', nodeType: 'proxy', maxNodes: 1, exclusive: true } },
    setup: (node) => {
      mine.push(node.registerPool({ topic: 'zeek/cluster/pool/my_pool', nodeType: 'proxy' }));
    },
  });
  for (const name of cluster.running) t.deepEqual(namesOf(cluster.node(name).proxyPool), ['proxy-1'], name);
  t.is(mine.length, 6);
  for (const pool of mine) t.deepEqual(namesOf(pool), ['proxy-2', 'proxy-3']);
});

test('nobody alive: no topic, and nobody gets it', async (t) => {
  const { cluster, jobs } = await start();
  const worker = cluster.node('worker-1');
  for (const name of proxies) cluster.crash(name);
  await cluster.until(() => worker.proxyPool.aliveCount === 0);
  t.deepEqual(namesOf(worker.proxyPool), proxies);
  t.is(worker.hrwTopic(worker.proxyPool, 'a key'), '');
  t.is(worker.rrTopic(worker.proxyPool), '');
  t.false(worker.publishHrw(worker.proxyPool, 'a key', 'App::job', 1));
  t.false(worker.publishRr(worker.proxyPool, '', 'App::job', 2));
  await worker.drained();
  for (const name of proxies) await cluster.start(name);
  await cluster.until(() => worker.proxyPool.aliveCount === 3);
  await cluster.advance(10_000);
  t.deepEqual(jobs, []);
});

test('keys of a node that dies go to others, and come back with it; the others do not move', async (t) => {
  const { cluster, changes } = await start();
  const worker = cluster.node('worker-1');
  const picks = () => keys.map((key) => worker.hrwTopic(worker.proxyPool, key));
  const before = picks();
  const members = worker.proxyPool.members;
  changes.length = 0;

  cluster.crash('proxy-2');
  await cluster.until(() => worker.proxyPool.aliveCount === 2);
  for (const [i, topic] of picks().entries()) {
    if (before[i] === topicOf('proxy-2')) t.not(topic, before[i]);
    else t.is<string | undefined, string | undefined>(topic, before[i]);
  }
  t.deepEqual(aliveOf(worker.proxyPool), ['proxy-1', 'proxy-3']);
  t.not(worker.proxyPool.members, members);
  t.true(members[1]?.alive, 'a view stays as it was');

  await cluster.start('proxy-2');
  await cluster.until(() => isWhole(cluster));
  t.deepEqual(picks(), before);
  const seen = changes.filter(([node]) => node === 'worker-1').map(([, ...change]) => change);
  t.deepEqual(seen, [
    ['zeek/cluster/pool/proxy', 'proxy-2', false],
    ['zeek/cluster/pool/proxy', 'proxy-2', true],
  ]);
});

test('handlers of node_up and node_down find the pools as they are then', async (t) => {
  const seen: string[] = [];
  const { cluster } = await start({
    setup: (node) => {
      if (node.name !== 'worker-1') return;
      const look = (event: string) => (name: string) => {
        if (name === 'proxy-2') seen.push(`${event} ${aliveOf(node.proxyPool).includes(name)}`);
      };
      node.on('Cluster::node_up', look('up'));
      node.on('Cluster::node_down', look('down'));
      node.on('Muster::pool_changed', (_, name) => look('changed')(name));
    },
  });
  cluster.crash('proxy-2');
  await cluster.until(() => seen.length === 4);
  t.deepEqual(seen, ['up true', 'changed true', 'down false', 'changed false']);
});

test('whatever crashes and returns, pools agree with who is up, and in the end with each other', async (t) => {
  const seed = Number(process.env.MUSTER_TRIAL_SEED ?? randomInt(1, 1_000_000_000));
  t.log(`MUSTER_TRIAL_SEED=${seed}`);
  const random = new Random(seed);
  const { cluster, jobs, changes } = await start({ seed });
  const names = Object.keys(layout);
  for (let step = 0; step < 60; step++) {
    const name = random.pick(names);
    if (!cluster.running.includes(name)) await cluster.start(name);
    else if (random.isLucky(0.6)) cluster.crash(name);
    else cluster.cut(name, random.pick(names));
    await cluster.advance(random.int(0, 3_000));
    for (const running of cluster.running) {
      const node = cluster.node(running);
      const up = new Set([running, ...node.peers.filter(({ state }) => state === 'up').map(({ name }) => name)]);
      for (const pool of [node.proxyPool, node.workerPool, node.loggerPool]) {
        t.deepEqual(
          aliveOf(pool),
          namesOf(pool).filter((member) => up.has(member)),
          `${running}, step ${step}`,
        );
        t.is(pool.aliveCount, aliveOf(pool).length);
        const topics = new Set(keys.map((key) => node.hrwTopic(pool, key)));
        t.deepEqual(
          [...topics].sort(),
          pool.aliveCount === 0 ? [''] : aliveOf(pool).map(topicOf),
          `${running}, step ${step}`,
        );
      }
    }
  }
  for (const name of names) if (!cluster.running.includes(name)) await cluster.start(name);
  t.true(await cluster.until(() => isWhole(cluster)));
  jobs.length = 0;
  for (const name of ['worker-1', 'worker-2', 'manager']) {
    const node = cluster.node(name);
    for (const key of keys) node.publishHrw(node.proxyPool, key, 'App::job', key);
  }
  await cluster.advance(5_000);
  t.is(jobs.length, 3 * keys.length);
  const homes = new Map<unknown, Set<string>>();
  for (const [name, key] of jobs) homes.set(key, (homes.get(key) ?? new Set()).add(name));
  t.true([...homes.values()].every(({ size }) => size === 1));
  t.true(changes.length > 0);
});

async function refused(t: ExecutionContext, spec: unknown, message: RegExp): Promise<void> {
  const setup = (node: ClusterNode) => {
    const error = t.throws(() => node.registerPool(spec as PoolSpec), { code: 'MUSTER_POOL_INVALID' });
    t.regex(error?.message ?? '', message);
  };
  const node = await joinCluster({ setup, options: { logLevel: 'silent' } });
  await node.leave();
}

test('what is no spec is refused in words', async (t) => {
  await refused(t, undefined, /pool: missing, expected an object/);
  await refused(t, { topic: '', nodeType: 'proxy' }, /pool\.topic: got "", expected a topic/);
  await refused(
    t,
    { topic: 'app', nodeType: 'timeMachine' },
    /pool\.nodeType: got "timeMachine", expected a node type of pools: "logger", "proxy" or "worker"/,
  );
  await refused(
    t,
    { topic: 'app', nodeType: 'proxy', maxNodes: 1.5 },
    /pool\.maxNodes: got 1\.5, expected a whole number/,
  );
  await refused(
    t,
    { topic: 'app', nodeType: 'proxy', exclusive: true },
    /pool\.maxNodes: missing, expected a whole number of nodes, since the pool is exclusive/,
  );
  await refused(
    t,
    { topic: 'app', nodeType: 'proxy', max_nodes: 1 },
    /an object with nothing but topic, nodeType, maxNodes, exclusive/,
  );
  await refused(t, { topic: 'zeek/cluster/pool/proxy', nodeType: 'worker' }, /is that of another pool/);
});

test('a pool can be registered until the node connects', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const { node } = await cluster.start('manager', {
    setup: (node) => {
      t.deepEqual(node.registerPool({ topic: 'app/pool', nodeType: 'worker' }).members, []);
    },
  });
  t.throws(() => node.registerPool({ topic: 'app/late', nodeType: 'worker' }), { code: 'MUSTER_POOL_TOO_LATE' });
});

test('a node whose exclusive pools need more nodes than there are does not start', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const setup = (node: ClusterNode) => {
    node.registerPool({ topic: 'app/pool', nodeType: 'worker', maxNodes: 2, exclusive: true });
  };
  await t.throwsAsync(cluster.start('manager', { setup }), { code: 'MUSTER_POOL_TOO_FEW_NODES' });
  await t.notThrowsAsync(cluster.start('manager'), 'its port is free');
});

test('outside a cluster pools are empty', async (t) => {
  let mine: Pool | undefined;
  const jobs: unknown[] = [];
  const node = await joinCluster({
    options: { logLevel: 'silent' },
    setup: (node) => {
      mine = node.registerPool({ topic: 'app/pool', nodeType: 'worker', maxNodes: 3, exclusive: true });
      node.on('App::job', (job: unknown) => jobs.push(job));
    },
  });
  t.teardown(() => node.leave());
  for (const pool of [node.proxyPool, node.workerPool, node.loggerPool, mine as Pool]) {
    t.deepEqual(pool.members, []);
    t.is(node.hrwTopic(pool, 1), '');
    t.is(node.rrTopic(pool), '');
    t.false(node.publishHrw(pool, 1, 'App::job', 1));
  }
  t.deepEqual(jobs, []);
});

test('a pool of another node is refused, and so is publishing after the node has left', async (t) => {
  const { cluster } = await start();
  const [one, other] = [cluster.node('worker-1'), cluster.node('worker-2')];
  t.throws(() => one.hrwTopic(other.proxyPool, 1), { instanceOf: TypeError, message: /no pool of worker-1/ });
  await cluster.leave('worker-1');
  t.throws(() => one.publishHrw(one.proxyPool, 1, 'App::job', 1), { code: 'MUSTER_NODE_LEFT' });
  t.throws(() => one.publishRr(one.workerPool, '', 'App::job', 1), { code: 'MUSTER_NODE_LEFT' });
});

test('a node that leaves tells of no pool any more', async (t) => {
  const { cluster, changes } = await start();
  changes.length = 0;
  await cluster.leave('worker-1');
  await cluster.advance(1_000);
  t.deepEqual(
    changes.filter(([node]) => node === 'worker-1'),
    [],
  );
  t.true(changes.some(([node, , name, alive]) => node === 'manager' && name === 'worker-1' && !alive));
});

test('names and arguments of events are typed as those of publish()', async (t) => {
  const node = await joinCluster<{ 'App::job': [host: string, port: number] }>({ options: { logLevel: 'silent' } });
  t.teardown(() => node.leave());
  t.false(node.publishHrw(node.proxyPool, 'a', 'App::job', 'a', 1));
  t.false(node.publishRr(node.proxyPool, '', 'App::job', 'a', 1));
  // @ts-expect-error the port is a number
  node.publishHrw(node.proxyPool, 'a', 'App::job', 'a', '1');
  // @ts-expect-error there is no such event
  node.publishRr(node.proxyPool, '', 'App::jobs', 'a', 1);
});
