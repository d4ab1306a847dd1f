/**
 * Twins: two processes under one name. One of them wins everywhere, the other leaves and says why.
 */
import test, { type ExecutionContext } from 'ava';
import type { NodeDefinition } from '../../index.js';
import { CutProxy } from '../helpers/cut-proxy.js';
import { NodeProcess } from '../helpers/node-process.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';
import { checkNumbers, flowing, LocalMember, times } from './members.js';

const names = ['logger-1', 'manager', 'proxy-1', 'worker-1'];
const hosts = ['logger-1', 'manager', 'proxy-1'];

async function startHosts(cluster: TestCluster): Promise<LocalMember[]> {
  const started: LocalMember[] = [];
  for (const name of hosts) started.push(await LocalMember.start(cluster, name, ['worker-1']));
  return started;
}

test('the second process under a name leaves, and the first is undisturbed; when that is killed, a third gets in', async (t) => {
  const cluster = await TestCluster.create(t, names);
  const others = await startHosts(cluster);
  const first = await NodeProcess.start(t, cluster, 'worker-1', { flows: hosts });
  await cluster.until(() => others.every((other) => times(other, 'node_up', first.id) === 1));

  const second = await NodeProcess.start(t, cluster, 'worker-1', { flows: hosts });
  t.deepEqual(await second.exited, { code: 0, signal: null });
  t.deepEqual([second.ready, second.closed], [{ code: 'MUSTER_NAME_TAKEN' }, { code: 'MUSTER_NAME_TAKEN' }]);
  t.deepEqual(second.facts, []);
  t.regex(second.stderr, /manager refuses this node: the name worker-1 is taken by a node that is up \(worker-1_\w+\)/);
  await flowing([...others, first]);
  for (const other of others) t.is(times(other, 'node_down', first.id), 0, other.name);
  t.deepEqual(factsOf(first.facts, 'node_down'), []);

  await first.kill();
  const third = await NodeProcess.start(t, cluster, 'worker-1', { flows: hosts });
  await cluster.until(() => others.every((other) => times(other, 'node_up', third.id) === 1));
  for (const { facts } of others) {
    const changes = facts.filter(([kind, name]) => ['node_up', 'node_down'].includes(kind) && name === 'worker-1');
    t.deepEqual(changes as unknown[], [
      ['node_up', 'worker-1', first.id],
      ['node_down', 'worker-1', first.id],
      ['node_up', 'worker-1', third.id],
    ]);
  }
});

test('a process whose predecessor has gone unnoticed gets in once that does not answer a probe', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const manager = await LocalMember.start(cluster, 'manager', ['worker-1']);
  const { proxy, detour } = await openProxy(t, cluster, 'manager');
  const layout = { ...cluster.layout, ...detour };
  const first = await LocalMember.start(cluster, 'worker-1', ['manager'], { layout });
  await manager.counting.received(first.id, 100);

  proxy.freeze('there', 'back');
  const before = performance.now();
  const second = await LocalMember.start(cluster, 'worker-1', ['manager']);
  await second.node.ready();
  const took = performance.now() - before;
  t.true(took < first.node.options.probeTimeout + 1_000, `in after ${took} ms`);
  await cluster.until(() => times(manager, 'node_up', second.id) === 1);
  t.deepEqual(manager.facts.filter(([kind]) => kind === 'node_up' || kind === 'node_down') as unknown[], [
    ['node_up', 'worker-1', first.id],
    ['node_down', 'worker-1', first.id],
    ['node_up', 'worker-1', second.id],
  ]);

  proxy.heal();
  t.is((await first.node.closed)?.code, 'MUSTER_NAME_TAKEN');
  await manager.counting.received(second.id, 100);
  await checkNumbers(t, [second]);
  t.is(times(manager, 'node_down', second.id), 0);
});

test('of two processes that start at once, exactly one ends up everywhere', async (t) => {
  const cluster = await TestCluster.create(t, names);
  const others = await startHosts(cluster);
  for (let round = 0; round < 10; round++) {
    const twins = await Promise.all([0, 1].map(() => LocalMember.start(cluster, 'worker-1', hosts)));
    const [loser, error] = await Promise.race(twins.map(async (twin) => [twin, await twin.node.closed] as const));
    t.is(error?.code, 'MUSTER_NAME_TAKEN');
    const winner = twins.find((twin) => twin !== loser) as LocalMember;
    await winner.node.ready();
    await cluster.until(() => others.every(({ node }) => node.nodes()['worker-1']?.id === winner.id));
    for (const other of others) await other.counting.received(winner.id, 100);
    t.is(times(others[1] as LocalMember, 'node_up', loser.id), 0);
    await winner.node.leave();
    await cluster.until(() => others.every((other) => times(other, 'node_down', winner.id) === 1));
    for (const other of others) t.is(times(other, 'node_up', winner.id), 1);
  }
});

test('a process whose name another had for a while comes back, and nothing of it is lost or taken twice', async (t) => {
  const cluster = await TestCluster.create(t, ['logger-1', 'manager', 'worker-1']);
  const logger = await LocalMember.start(cluster, 'logger-1', []);
  const manager = await LocalMember.start(cluster, 'manager', []);
  const proxies = await Promise.all([logger, manager].map(({ name }) => openProxy(t, cluster, name)));
  const layout = Object.assign({}, cluster.layout, ...proxies.map(({ detour }) => detour));
  const first = await LocalMember.start(cluster, 'worker-1', [], { layout });
  await first.node.ready();

  // The logger gets these, and the worker does not hear that it did.
  for (const { proxy } of proxies) proxy.freeze('back');
  first.counting.burst('logger-1', 50);
  await logger.counting.received(first.id, 50);
  for (const { proxy } of proxies) proxy.freeze('there');
  const second = await LocalMember.start(cluster, 'worker-1', []);
  await second.node.ready();
  second.counting.burst('logger-1', 50);
  await logger.counting.received(second.id, 50);
  await second.node.leave();
  await cluster.until(() => [logger, manager].every((other) => times(other, 'node_down', second.id) === 1));

  // On a slow machine the first may have come back by itself before everything was frozen.
  const ups = () => [logger, manager].map((other) => times(other, 'node_up', first.id));
  const before = ups();
  for (const { proxy } of proxies) proxy.heal();
  await cluster.until(() => ups().every((count, i) => count > (before[i] as number)));
  first.counting.burst('logger-1', 50);
  await logger.counting.received(first.id, 100);
  t.deepEqual(logger.counting.accounts as unknown, {
    [first.id]: { sender: 'worker-1', first: 1, last: 100, wrong: [] },
    [second.id]: { sender: 'worker-1', first: 1, last: 50, wrong: [] },
  });
});

async function openProxy(t: ExecutionContext, { layout }: TestCluster, name: string) {
  const node = layout[name] as NodeDefinition;
  const proxy = await CutProxy.open(t, node.port as number);
  return { proxy, detour: { [name]: { ...node, port: proxy.port } } };
}
