/**
 * Leaving: everything that was published arrives first, and whoever does not answer is not waited for without end.
 */
import test from 'ava';
import { NodeProcess } from '../helpers/node-process.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';
import { LocalMember, times } from './members.js';

/** What is left to do once `leaveTimeout` is over: sockets that cannot flush are given up, and a machine may be busy. */
const timeToClose = 1_500;

test('a node that publishes 100,000 events and leaves at once has delivered them all before it is seen down', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1'], { leaveTimeout: 30_000 });
  // Who only hopes for an answer to a probe would see it too late for this test.
  const manager = await LocalMember.start(cluster, 'manager', [], { options: { probeTimeout: 120_000 } });
  const worker = await LocalMember.start(cluster, 'worker-1', []);
  await worker.node.ready();
  let lastBeforeDown = 0;
  manager.node.on('Cluster::node_down', () => {
    lastBeforeDown = manager.counting.accounts[worker.id]?.last ?? 0;
  });

  worker.counting.burst('manager', 100_000);
  const leaving = worker.node.leave();
  const leftError = { code: 'MUSTER_NODE_LEFT' };
  t.throws(() => worker.node.publish(worker.node.nodeTopic('manager'), 'Late::event'), leftError);
  t.deepEqual(await leaving, { unacknowledged: {} });
  await cluster.until(() => times(manager, 'node_down', worker.id) === 1);
  t.is(lastBeforeDown, 100_000);
  t.deepEqual(manager.counting.accounts[worker.id]?.wrong, []);
  t.deepEqual(factsOf(manager.facts, 'events_lost'), []);
  t.throws(() => worker.node.publish(worker.node.nodeTopic('manager'), 'Late::event'), leftError);
  t.is(await worker.node.closed, undefined);
});

test('a node that leaves while numbers come and go loses none of its own', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'proxy-1', 'worker-1'], { leaveTimeout: 30_000 });
  const manager = await LocalMember.start(cluster, 'manager', ['worker-1']);
  const proxy = await LocalMember.start(cluster, 'proxy-1', ['worker-1']);
  const worker = await LocalMember.start(cluster, 'worker-1', ['manager', 'proxy-1']);
  for (const other of [manager, proxy]) await other.counting.received(worker.id, 1_000);
  t.deepEqual(await worker.node.leave(), { unacknowledged: {} });
  await cluster.until(() => [manager, proxy].every((other) => times(other, 'node_down', worker.id) === 1));
  const published = worker.counting.halt();
  for (const { name, counting } of [manager, proxy]) {
    const expected = { sender: 'worker-1', first: 1, last: published[name], wrong: [] };
    t.deepEqual(counting.accounts[worker.id] as unknown, expected, name);
  }
});

for (const [leaver, stopped] of [
  ['manager', 'worker-1'],
  ['worker-1', 'manager'],
] as const) {
  test(`a ${leaver} leaves in time although a ${stopped} does not answer, and says what that has not acknowledged`, async (t) => {
    const cluster = await TestCluster.create(t, ['manager', 'proxy-1', 'worker-1'], { leaveTimeout: 1_000 });
    const member = await LocalMember.start(cluster, leaver, []);
    const witness = await LocalMember.start(cluster, 'proxy-1', []);
    const silent = await NodeProcess.start(t, cluster, stopped);
    await cluster.until(() => factsOf(member.facts, 'cluster_started').length === 1);
    await acknowledged(member);
    silent.signal('SIGSTOP');
    member.counting.burst(stopped, 1_000);
    member.counting.burst('proxy-1', 1_000);
    const before = performance.now();
    t.deepEqual(await member.node.leave(), { unacknowledged: { [stopped]: 1_000 } });
    const took = performance.now() - before;
    t.true(took < 1_000 + timeToClose, `left after ${took} ms`);
    await cluster.until(() => times(witness, 'node_down', member.id) === 1);
    t.is(witness.counting.accounts[member.id]?.last, 1_000);
  });
}

/** Resolves once its peers have acknowledged everything: a state that no event tells. */
async function acknowledged({ node }: LocalMember): Promise<void> {
  while (node.peers.some(({ counters }) => counters.unacknowledged > 0)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
