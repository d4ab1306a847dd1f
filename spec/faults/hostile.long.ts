/**
 * Hostile peers in full number, and those of the kind that takes time: who say nothing at all.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { NodeProcess } from '../helpers/node-process.js';
import { TestCluster } from '../helpers/test-cluster.js';
import { testFloods } from './hostile-floods.js';
import { checkNumbers, flowing, LocalMember, times } from './members.js';

testFloods(test, 1);

test('silent connections that take all descriptors disturb no peering, and are given up in time', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1', 'worker-2']);
  const manager = await NodeProcess.start(t, cluster, 'manager', { flows: ['worker-1'], descriptors: 128 });
  const worker = await LocalMember.start(cluster, 'worker-1', ['manager']);
  await cluster.until(() => times(manager, 'node_up', worker.id) === 1);
  const silent = Array.from({ length: 200 }, () => connect(cluster.layout.manager?.port as number, '127.0.0.1'));
  t.teardown(() => silent.forEach((socket) => void socket.destroy()));
  const closed = Promise.all(silent.map((socket) => once(socket.on('error', () => {}).resume(), 'close')));
  await cluster.until(() => /could not be accepted: Too many open file/.test(manager.stderr));
  await flowing([manager, worker]);
  await closed;
  const latecomer = await LocalMember.start(cluster, 'worker-2', ['manager']);
  await cluster.until(() => times(manager, 'node_up', latecomer.id) === 1);
  await checkNumbers(t, [manager, worker]);
  t.is(times(manager, 'node_down', worker.id), 0);
  const lines = manager.stderr.split('\n').length;
  t.true(lines < 100, `${lines} lines`);
});
