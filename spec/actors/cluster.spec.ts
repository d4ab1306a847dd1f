import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { joinCluster } from '../../index.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';

const names = ['logger-1', 'manager', 'proxy-1', 'worker-1', 'worker-2'];

test('whatever the order in which nodes start, the final state is the same', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(names, { minLength: names.length }), async (order) => {
      const cluster = await TestCluster.create(t, names);
      const nodes = await cluster.startAll({}, order);
      const all = Object.values(nodes);
      await cluster.until(() => all.every(({ facts }) => factsOf(facts, 'cluster_started').length > 0));
      for (const [name, { node, facts }] of Object.entries(nodes)) {
        const peers = node.peers.map(({ name }) => name).sort();
        t.deepEqual(
          factsOf(facts, 'node_up')
            .map(([, peer]) => peer as string)
            .sort(),
          peers,
          `${name}, order ${order}`,
        );
        t.is(factsOf(facts, 'hello').length, peers.length);
        t.deepEqual(factsOf(facts, 'node_down'), []);
        t.deepEqual(factsOf(facts, 'degraded'), []);
        const connected = factsOf(facts, 'node_fully_connected');
        const reporters = connected.map(([, reporter]) => reporter as string).sort();
        t.deepEqual(reporters, name === 'manager' ? [...names].sort() : [name], `${name}, order ${order}`);
        t.true(connected.every(([, , , resending]) => resending === false));
        t.is(factsOf(facts, 'cluster_started').length, 1);
        t.is(node.state, 'ready');
      }
      await Promise.all(all.map(({ node }) => node.leave()));
    }),
    { numRuns: 8 },
  );
});

test('the documented functions tell who is there', async (t) => {
  const cluster = await TestCluster.create(t, names);
  const { manager, 'worker-1': worker } = await cluster.startAll();
  const node = manager?.node;
  if (node === undefined || worker === undefined) return t.fail();
  t.true(node.isEnabled());
  t.is(node.localNodeType(), 'manager');
  t.deepEqual([node.getNodeCount('worker'), node.getActiveNodeCount('worker')], [2, 2]);
  t.deepEqual([node.getNodeCount('manager'), node.getActiveNodeCount('manager')], [1, 0]);
  t.deepEqual([worker.node.getNodeCount('worker'), worker.node.getActiveNodeCount('worker')], [2, 0]);
  t.is(node.nodeTopic('worker-1'), 'zeek/cluster/node/worker-1/');
  t.is(node.nodeidTopic('abc'), 'zeek/cluster/nodeid/abc/');
  t.is(node.nodes()['worker-1']?.id, worker.node.id);
  t.is(node.nodeidToNode(worker.node.id)?.name, 'worker-1');
  t.is(node.nodeidToNode(node.id)?.name, 'manager');
  t.is(node.nodeidToNode('nobody'), undefined);
  t.is(node.localNodeMetricsPort(), 0);
  await worker.node.leave();
  await cluster.until(() => node.getActiveNodeCount('worker') === 1);
  t.is(node.nodes()['worker-1']?.id, undefined);
  t.is(node.nodeidToNode(worker.node.id), undefined);
});

test('leave() says bye: the others see node_down at once, and degraded; a return is recovered', async (t) => {
  const cluster = await TestCluster.create(t, names);
  const { manager, 'worker-1': worker } = await cluster.startAll();
  if (manager === undefined || worker === undefined) return t.fail();
  t.deepEqual(await worker.node.leave(), { unacknowledged: {} });
  t.is(worker.node.state, 'left');
  await cluster.until(() => factsOf(manager.facts, 'degraded').length > 0);
  t.deepEqual(manager.facts.slice(-2), [
    ['node_down', 'worker-1', worker.node.id],
    ['degraded', ['worker-1']],
  ]);
  const again = await cluster.start('worker-1');
  await again.node.ready();
  await cluster.until(() => factsOf(manager.facts, 'recovered').length > 0);
  t.deepEqual(factsOf(again.facts, 'node_fully_connected'), [
    ['node_fully_connected', 'worker-1', again.node.id, false],
  ]);
  t.not(again.node.id, worker.node.id);
});

test('a manager that restarts gets all reports again, resent, and starts nothing twice', async (t) => {
  const cluster = await TestCluster.create(t, names);
  const nodes = await cluster.startAll();
  await cluster.until(() => Object.values(nodes).every(({ facts }) => factsOf(facts, 'cluster_started').length === 1));
  await nodes.manager?.node.leave();
  const manager = await cluster.start('manager');
  await cluster.until(() => factsOf(manager.facts, 'node_fully_connected').length === names.length);
  const resent = factsOf(manager.facts, 'node_fully_connected').map(([, name, , resending]) => [name, resending]);
  t.deepEqual(
    resent.sort(([a], [b]) => String(a).localeCompare(String(b))),
    names.map((name) => [name, name !== 'manager']),
  );
  t.deepEqual(factsOf(manager.facts, 'cluster_started'), []);
  t.is(factsOf(nodes['worker-1']?.facts ?? [], 'cluster_started').length, 1);
});

test('a cluster that restarts as a whole starts again', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  for (let round = 0; round < 2; round++) {
    const nodes = Object.values(await cluster.startAll());
    await cluster.until(() => nodes.every(({ facts }) => factsOf(facts, 'cluster_started').length === 1));
    await Promise.all(nodes.map(({ node }) => node.leave()));
  }
  t.pass();
});

test('control nodes connect to all that listen, and nobody waits for them', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1', 'control']);
  const manager = await cluster.start('manager');
  const worker = await cluster.start('worker-1');
  await cluster.until(() => factsOf(worker.facts, 'cluster_started').length === 1);
  const control = await cluster.start('control');
  await cluster.until(() => manager.node.getActiveNodeCount('control') === 1);
  t.deepEqual(
    control.node.peers.map(({ name }) => name),
    ['manager'],
  );
  await control.node.leave();
  await cluster.until(() => manager.node.getActiveNodeCount('control') === 0);
  t.is(manager.node.state, 'ready');
  t.deepEqual(factsOf(manager.facts, 'degraded'), []);
});

test('connectNode can veto a peering, which is then waited for by nobody here', async (t) => {
  const cluster = await TestCluster.create(t, ['logger-1', 'manager', 'worker-1']);
  const vetoed: string[] = [];
  const worker = await cluster.start('worker-1', {
    options: {
      connectNode: ({ name }) => {
        vetoed.push(name);
        return name !== 'logger-1';
      },
    },
  });
  await cluster.start('manager');
  await worker.node.ready();
  t.deepEqual(vetoed, ['logger-1', 'manager']);
  t.deepEqual(
    worker.node.peers.map(({ name }) => name),
    ['manager'],
  );
});

/** Of nodes whose logs are read once they have left: a busy disk may need longer than the usual second of specs. */
const patient = { leaveTimeout: 60_000 };

test('the cluster log tells it in the documented words', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1'], patient);
  const { manager, worker } = await (async () => {
    const nodes = await cluster.startAll();
    return { manager: nodes.manager, worker: nodes['worker-1'] };
  })();
  if (manager === undefined || worker === undefined) return t.fail();
  await cluster.until(() => factsOf(manager.facts, 'cluster_started').length === 1);
  await worker.node.leave();
  await cluster.until(() => factsOf(manager.facts, 'node_down').length === 1);
  manager.node.log('an own message');
  await manager.node.leave();
  const text = await readFile(join(cluster.stateDir, 'logs', 'manager', 'cluster.log'), 'utf8');
  const records = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.true(records.every(({ ts }) => typeof ts === 'number'));
  const messages = (name: string) => records.filter(({ node }) => node === name).map(({ message }) => message);
  const port = cluster.layout.manager?.port;
  t.deepEqual(messages('manager'), [
    `listening on 127.0.0.1:${port}`,
    'fully connected',
    `got hello from worker-1 (${worker.node.id})`,
    'cluster connected',
    'node down: worker-1',
    'an own message',
  ]);
  t.deepEqual(messages('worker-1'), [
    `initiate peering with 127.0.0.1:${port}, retry=0.05 secs`,
    `got hello from manager (${manager.node.id})`,
    'fully connected',
  ]);
});

test('logPolicy can veto a record', async (t) => {
  const cluster = await TestCluster.create(t, ['manager'], patient);
  const options = { logPolicy: ({ message }: { message: string }) => !message.includes('secret') };
  const { node } = await cluster.start('manager', { options });
  node.log('a secret');
  node.log('no such thing');
  await node.leave();
  const text = await readFile(join(cluster.stateDir, 'logs', 'manager', 'cluster.log'), 'utf8');
  t.false(text.includes('a secret'));
  t.true(text.includes('no such thing'));
});

test('without a name a node is of its own, and everything works locally', async (t) => {
  const cluster = await TestCluster.create(t, []);
  const heard: unknown[] = [];
  const node = await joinCluster({
    options: { stateDir: cluster.stateDir, logLevel: 'silent' },
    setup: (node) => {
      node.on('App::event', (value) => heard.push([value, node.isRemoteEvent()]));
    },
  });
  t.teardown(() => node.leave());
  await node.ready();
  t.false(node.isEnabled());
  t.is(node.localNodeType(), 'none');
  t.is(node.getNodeCount('worker'), 0);
  t.true(node.publish('anywhere', 'App::event', 1));
  node.raise('App::event', 2);
  await node.subscribe('x');
  await node.drained();
  t.deepEqual(heard, [[2, false]]);
});
