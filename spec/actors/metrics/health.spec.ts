/**
 * What a node says of its health, and how it says anything over HTTP.
 */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { ask } from '../../helpers/http.js';
import { measuredCluster } from '../../helpers/measured-cluster.js';
import { NodeProcess } from '../../helpers/node-process.js';
import { freePorts } from '../../helpers/ports.js';
import { TestCluster } from '../../helpers/test-cluster.js';

test('/readyz follows a cluster through start, loss and recovery', async (t) => {
  const { cluster, ask: asking } = await measuredCluster(t, ['manager', 'logger-1', 'logger-2', 'worker-1']);
  const ready = async (name: string) => {
    const { status, body } = await asking(name, '/readyz');
    return `${status} ${body}`;
  };
  const { node: manager } = await cluster.start('manager');
  t.is(await ready('manager'), '503 waiting for logger-1, logger-2\n');
  await cluster.start('logger-2');
  await cluster.until(() => manager.getActiveNodeCount('logger') === 1);
  t.is(await ready('manager'), '503 waiting for logger-1\n');
  t.is((await asking('manager', '/livez')).status, 200);

  const logger = await NodeProcess.start(t, cluster, 'logger-1');
  const { node: worker } = await cluster.start('worker-1');
  await Promise.all([manager.ready(), worker.ready()]);
  for (const name of ['manager', 'logger-1', 'logger-2', 'worker-1']) t.is(await ready(name), '200 ready\n');

  await logger.kill();
  await cluster.until(() => manager.state === 'degraded' && worker.state === 'degraded');
  t.is(await ready('manager'), '503 waiting for logger-1\n');
  t.is(await ready('worker-1'), '503 waiting for logger-1\n');
  t.is((await asking('worker-1', '/livez')).status, 200);
  await t.throwsAsync(ready('logger-1'), { code: 'ECONNREFUSED' });

  await NodeProcess.start(t, cluster, 'logger-1');
  await cluster.until(() => [manager, worker].every(({ state }) => state === 'ready'));
  for (const name of ['manager', 'logger-1', 'logger-2', 'worker-1']) t.is(await ready(name), '200 ready\n');
});

test('a node that is leaving is alive and not ready', async (t) => {
  const { cluster, ask: asking } = await measuredCluster(t, ['manager', 'worker-1'], { leaveTimeout: 60_000 });
  const { node } = await cluster.start('worker-1');
  // Its leaving waits for this mutation, and that for the manager.
  const written = node.createStore('counts').store.put('key', 1);
  const left = node.leave();
  const { status, body } = await asking('worker-1', '/readyz');
  t.deepEqual([status, body], [503, 'leaving\n']);
  t.is((await asking('worker-1', '/livez')).status, 200);
  await cluster.start('manager', { setup: (manager) => manager.createStore('counts') });
  await Promise.all([written, left]);
});

test('only what there is can be read, and only read', async (t) => {
  const { cluster, ask: asking } = await measuredCluster(t, ['manager', 'logger-1']);
  await cluster.startAll();
  for (const path of ['/', '/metrics/', '/services', '/%2e%2e/metrics', '//metrics', '/__proto__', '/livez%00']) {
    t.is((await asking('manager', path)).status, 404, path);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
    const refused = await asking('manager', '/metrics', { method });
    t.is(refused.status, 405, method);
    t.is(refused.headers.allow, 'GET, HEAD');
  }
  const [whole, head] = await Promise.all([
    asking('manager', '/livez'),
    asking('manager', '/livez', { method: 'HEAD' }),
  ]);
  t.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', String(whole.body.length)]);
  t.is((await asking('manager', '/metrics?name=all')).status, 200);

  const services = await asking('manager', '/services.json');
  t.is(services.headers['content-type'], 'application/json; charset=utf-8');
  t.deepEqual(
    JSON.parse(services.body),
    ['manager', 'logger-1'].map((name) => ({
      targets: [`127.0.0.1:${cluster.layout[name]?.metricsPort}`],
      labels: {
        __meta_muster_node: name,
        __meta_muster_node_type: name.split('-')[0],
        __meta_muster_cluster: 'muster',
      },
    })),
  );
  t.is((await asking('logger-1', '/services.json')).status, 404);
});

test('what is no HTTP, or never ends, harms nobody', async (t) => {
  const { cluster, ports, ask: asking } = await measuredCluster(t, ['manager']);
  const { node } = await cluster.start('manager');
  const garbage = connect({ host: '127.0.0.1', port: ports.manager as number });
  garbage.end(Buffer.alloc(100_000, 0xff));
  await once(garbage.resume(), 'close');
  const endless = connect({ host: '127.0.0.1', port: ports.manager as number });
  t.teardown(() => endless.destroy());
  await once(endless, 'connect');
  endless.write('GET /metrics HTTP/1.1\r\nhost: a\r\n');
  t.is((await asking('manager', '/livez')).status, 200);
  // It would be cut off at its time anyway, but a node that leaves does not wait for that.
  t.timeout(20_000);
  await Promise.all([node.leave(), once(endless.resume(), 'close')]);
});

test('the port is free once the node has left, although a connection was kept alive', async (t) => {
  const { cluster, ports, ask: asking } = await measuredCluster(t, ['manager']);
  const { node } = await cluster.start('manager');
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  t.is((await asking('manager', '/livez', { agent })).status, 200);
  await node.leave();
  await t.throwsAsync(asking('manager', '/livez'), { code: 'ECONNREFUSED' });
  await listenOn(t, ports.manager as number);
});

test('a port that is taken is told, with its owner, and the node runs without metrics', async (t) => {
  const { cluster, ports } = await measuredCluster(t, ['manager', 'logger-1']);
  await listenOn(t, ports.manager as number);
  const manager = await NodeProcess.start(t, cluster, 'manager');
  const { node } = await cluster.start('logger-1');
  await cluster.until(() => node.getActiveNodeCount('manager') === 1);
  await cluster.until(() => manager.stderr.includes('no metrics'));
  t.regex(
    manager.stderr,
    new RegExp(
      `no metrics of manager: port ${ports.manager} of 127.0.0.1 is taken by another program, and the layout gives it to manager`,
    ),
  );
  await manager.do('leave');
});

test('it is bound to loopback, and elsewhere where the option says so', async (t) => {
  const others = await TestCluster.create(t, ['manager']);
  const [port = 0] = await freePorts(1, '0.0.0.0');
  const advertised = '127.0.0.2';
  others.layout.manager = { nodeType: 'manager', ip: advertised, listenAddress: '127.0.0.1', metricsPort: port };
  const { node } = await others.start('manager');
  // The node's own ip is a loopback address: then it is that one, and no other.
  t.is((await ask(port, '/livez', { host: advertised })).status, 200);
  await t.throwsAsync(ask(port, '/livez', { host: '127.0.0.1' }), { code: 'ECONNREFUSED' });
  await node.leave();

  others.layout.manager = { ...others.layout.manager, ip: '192.0.2.1' };
  const { node: second } = await others.start('manager');
  t.is((await ask(port, '/livez')).status, 200);
  await t.throwsAsync(ask(port, '/livez', { host: advertised }), { code: 'ECONNREFUSED' });
  t.deepEqual(JSON.parse((await ask(port, '/services.json')).body)[0].targets, [`192.0.2.1:${port}`]);
  await second.leave();

  await others.start('manager', { options: { metricsAddress: '0.0.0.0' } });
  t.is((await ask(port, '/livez', { host: advertised })).status, 200);
});

async function listenOn(t: ExecutionContext, port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
}
