import { createServer } from 'node:net';
import test from 'ava';
import { joinCluster, type MusterError } from '../../index.js';
import { TestCluster } from '../helpers/test-cluster.js';

const code = (code: string) => ({ name: 'MusterError', code });

test('a name that the layout does not have is refused, with those that it has', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const error = await t.throwsAsync(cluster.start('worker-7'), code('MUSTER_NODE_UNKNOWN'));
  t.regex(error?.message ?? '', /"worker-7".*manager, worker-1/);
});

test('a node with a topology problem does not start; others do', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'proxy-1', 'worker-1']);
  const { 'proxy-1': proxy, ...rest } = cluster.layout;
  const layout = { ...rest, 'proxy-1': { nodeType: 'proxy' as const, ip: '127.0.0.1' } };
  const error = await t.throwsAsync(cluster.start('proxy-1', { layout }), code('MUSTER_TOPOLOGY_INVALID'));
  t.regex(error?.message ?? '', /proxy-1/);
  await t.notThrowsAsync(cluster.start('manager', { layout }));
  t.truthy(proxy);
});

test('a port that is taken is an error that names the port and who should have it', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const port = cluster.layout.manager?.port as number;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const error = await t.throwsAsync(cluster.start('manager'), code('MUSTER_PORT_TAKEN'));
  t.regex(error?.message ?? '', new RegExp(`manager.*127\\.0\\.0\\.1:${port}|127\\.0\\.0\\.1:${port}.*manager`));
});

test('a setup that throws ends the node, with what it threw as cause', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const thrown = new Error('no database');
  const setup = () => Promise.reject(thrown);
  const error = (await t.throwsAsync(cluster.start('manager', { setup }), code('MUSTER_SCRIPT_FAILED'))) as MusterError;
  t.is(error.cause, thrown);
  t.regex(error.message, /no database/);
  await t.notThrowsAsync(cluster.start('manager'), 'the port is free again');
});

test('a setup that makes the node leave ends it before it listens', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const { node } = await cluster.start('manager', { setup: (node) => node.leave() });
  t.is(node.state, 'left');
  t.is(await node.closed, undefined);
});

test('CLUSTER_NODE names the node if nothing else does', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const before = process.env.CLUSTER_NODE;
  process.env.CLUSTER_NODE = 'manager';
  t.teardown(() => {
    if (before === undefined) delete process.env.CLUSTER_NODE;
    else process.env.CLUSTER_NODE = before;
  });
  const node = await joinCluster({
    layout: cluster.layout,
    options: { stateDir: cluster.stateDir, logLevel: 'silent' },
  });
  t.teardown(() => node.leave());
  t.is(node.name, 'manager');
  t.is(node.localNodeType(), 'manager');
});

test('ready() can be aborted, and is rejected if the node leaves before', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
  const { node } = await cluster.start('worker-1');
  const controller = new AbortController();
  const waiting = node.ready({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await t.throwsAsync(waiting, { message: 'enough' });
  await t.throwsAsync(node.ready({ signal: AbortSignal.abort(new Error('before')) }), { message: 'before' });
  const unready = node.ready();
  await node.leave();
  await t.throwsAsync(unready, code('MUSTER_NODE_LEFT'));
  t.is(await node.closed, undefined);
});

test('after leave() nothing can be published, and leaving twice is leaving once', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const { node } = await cluster.start('manager');
  const [first, second] = await Promise.all([node.leave(), node.leave()]);
  t.is(first, second);
  t.throws(() => node.publish('topic', 'App::event'), code('MUSTER_NODE_LEFT'));
  await t.throwsAsync(node.subscribe('topic'), code('MUSTER_NODE_LEFT'));
});

test('a node disposes of itself by leaving', async (t) => {
  const cluster = await TestCluster.create(t, ['manager']);
  const { node } = await cluster.start('manager');
  await node[Symbol.asyncDispose]();
  t.is(node.state, 'left');
});
