/**
 * Stopped and stuck processes: one that the system has stopped is down until it goes on; one that is merely busy is not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { HostilePeer } from '../helpers/hostile-peer.js';
import { sniffTopic } from '../helpers/hostile-sniffer.js';
import { NodeProcess } from '../helpers/node-process.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';
import { checkNumbers, flowing, LocalMember, type Member, times } from './members.js';
import { assertNoticedInTime } from './time-to-notice.js';

const names = ['manager', 'proxy-1', 'worker-1'];
const others = (name: string) => names.filter((other) => other !== name);

/** The manager listens to all others, and the worker connects to all. */
for (const victim of ['manager', 'worker-1']) {
  test(`a ${victim} that is stopped is seen down, and comes back with nothing lost or repeated`, async (t) => {
    const cluster = await TestCluster.create(t, names);
    const locals: LocalMember[] = [];
    for (const name of others(victim)) locals.push(await LocalMember.start(cluster, name, others(name)));
    const stopped = await NodeProcess.start(t, cluster, victim, { flows: others(victim) });
    const members: Member[] = [...locals, stopped];
    await allConnected(cluster, members);
    await flowing(members);

    const before = performance.now();
    stopped.signal('SIGSTOP');
    await cluster.until(() => locals.every((local) => times(local, 'node_down', stopped.id) === 1));
    assertNoticedInTime(t, before, 'the last one');
    stopped.signal('SIGCONT');
    await cluster.until(() => locals.every((local) => times(local, 'node_up', stopped.id) === 2));
    await flowing(members);
    await checkNumbers(t, members);
    for (const local of locals) {
      t.deepEqual([times(stopped, 'node_up', local.id), times(stopped, 'node_down', local.id)], [2, 1]);
      for (const other of locals) t.is(times(local, 'node_down', other.id), 0);
    }
  });
}

test('a node that is stuck is unresponsive to others, not down; and it condemns nobody itself', async (t) => {
  const cluster = await TestCluster.create(t, names, { unresponsiveInterval: 500 });
  const manager = await LocalMember.start(cluster, 'manager', others('manager'));
  const proxy = await LocalMember.start(cluster, 'proxy-1', others('proxy-1'));
  const worker = await NodeProcess.start(t, cluster, 'worker-1', {
    flows: others('worker-1'),
    // Impatient: it is stuck for longer than all of these.
    options: { unresponsiveInterval: 300, silentInterval: 3_000, probeTimeout: 100, helloTimeout: 500 },
  });
  const members: Member[] = [manager, proxy, worker];
  await allConnected(cluster, members);
  await flowing(members);

  await worker.do('block', 4_500);
  for (const { node } of [manager, proxy]) await stateOf(node, 'worker-1', 'unresponsive');
  t.is(manager.node.peers.find(({ name }) => name === 'proxy-1')?.state, 'up');
  t.is(manager.node.getActiveNodeCount('worker'), 1);
  await flowing([manager, proxy]);
  for (const { node } of [manager, proxy]) await stateOf(node, 'worker-1', 'up');
  await flowing(members);
  await checkNumbers(t, members);
  for (const { facts } of members) t.deepEqual(factsOf(facts as [], 'node_down'), []);
});

test('a node that is stuck while it waits for the answer to a probe reads that before it judges', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const manager = await NodeProcess.start(t, cluster, 'manager', {
    flows: ['worker-1'],
    options: { probeTimeout: 1_000, logLevel: 'debug' },
  });
  const worker = await NodeProcess.start(t, cluster, 'worker-1', { flows: ['manager'] });
  const members = [manager, worker];
  await allConnected(cluster, members);
  const port = cluster.layout.manager?.port as number;
  const topic = await sniffTopic(t, port);
  const hostile = await HostilePeer.open(port);

  worker.signal('SIGSTOP');
  hostile.forgeUnsubscription(topic);
  await cluster.until(() => manager.stderr.includes('asking whether it is there'));
  await manager.do('block', 1_500);
  worker.signal('SIGCONT');
  await flowing(members);
  await checkNumbers(t, members);
  for (const { facts } of members) t.deepEqual(factsOf(facts, 'node_down'), []);
});

async function allConnected(cluster: TestCluster, members: readonly Member[]): Promise<void> {
  await cluster.until(() =>
    members.every((member) => members.every((other) => other === member || times(member, 'node_up', other.id) > 0)),
  );
}

/** Resolves once `node` says that `peer` is in this state: a state that no event tells. */
async function stateOf(node: LocalMember['node'], peer: string, state: string): Promise<void> {
  while (node.peers.find(({ name }) => name === peer)?.state !== state) {
    await sleep(10);
  }
}
