import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import {
  Court,
  emptyDirectory,
  fourNodes,
  Muster,
  oneNode,
  place,
  run,
  scriptPath,
  startCluster,
  twoNodes,
} from './workbench.js';

test.serial('a node runs in the foreground until it is asked to leave', async (t) => {
  const { directory, layout } = await oneNode(t);
  const court = await Court.open(t);
  const stateDir = join(directory, 'state');
  const args = ['node', 'logger-1', '--layout', layout, '--state-dir', stateDir, '--json'];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const node = new Muster(t, [...args, '--load', scriptPath('witness'), '--', court.path, 'one', '--two']);
    await node.untilLine(/"type":"report","state":"ready"/);
    node.kill(signal);
    t.is(await node.ended, 0);
    t.true(node.out.some((line) => line.includes('"type":"left"')));
  }
  const [{ born } = {}] = court.of('logger-1');
  t.like(born, { args: ['one', '--two'], variable: 'logger-1', stateDir });
});

test.serial('CLUSTER_NODE names the node, and the search path finds the layout', async (t) => {
  const { directory } = await oneNode(t);
  const court = await Court.open(t);
  const env = { ...process.env, CLUSTER_NODE: 'logger-1', MUSTER_PATH: directory, ZEEK_DEFAULT_CONNECT_RETRY: '7' };
  const options = { env, cwd: emptyDirectory(t) };
  const load = ['--load', scriptPath('options'), '--load', scriptPath('witness')];
  for (const [flags, retryInterval] of [
    [[], 7_000],
    [['--retry-interval', '300'], 300],
  ] as const) {
    const node = new Muster(t, ['node', ...load, ...flags, '--', court.path], options);
    const known = court.processes.length;
    await court.until(({ processes }) => processes[known]?.told.some(({ type }) => type === 'ready') ?? false);
    await court.order('logger-1', 'leave');
    t.is(await node.ended, 0);
    t.is(court.of('logger-1').at(-1)?.born.retryInterval, retryInterval);
  }
});

test.serial('exit codes say what kept a node from joining', async (t) => {
  const { layout, ports } = await fourNodes(t);
  const server = createServer().listen(ports[1], '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const topology = place(t, [], {
    manager: { nodeType: 'manager', ip: '127.0.0.1' },
    'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  });

  for (const [args, expected, words] of [
    [['nobody', '--layout', layout], 1, /nobody/],
    [['manager', '--layout', 'missing.json'], 1, /missing\.json/],
    [['manager', '--layout', topology.layout], 5, /manager has no port/],
    [['manager', '--layout', layout], 6, new RegExp(`${ports[1]}`)],
    [['manager', '--layout', layout, '--load', scriptPath('missing')], 7, /missing\.js: no such file/],
    [['manager', '--layout', layout, '--load', scriptPath('broken')], 7, /nothing here works/],
    [['worker-1', '--layout', layout, '--load', scriptPath('throws')], 7, /no sensor here/],
  ] as const) {
    const { code, out } = await run(t, ['node', ...args, '--json']);
    t.is(code, expected, args.join(' '));
    const { type, message } = JSON.parse(out);
    t.is(type, 'error');
    t.regex(message, words);
  }
});

test.serial('people get the error in words, on stderr', async (t) => {
  const { layout } = await oneNode(t);
  const { code, out, err } = await run(t, ['node', 'nobody', '--layout', layout]);
  t.is(code, 1);
  t.is(out, '');
  t.regex(err, /^muster: .*"nobody"/);
});

test.serial('a node whose name is taken leaves, with exit code 8', async (t) => {
  const { directory, layout } = await twoNodes(t);
  await startCluster(t, layout);
  const { code, err } = await run(t, ['node', 'worker-1', '--layout', layout, '--state-dir', join(directory, 'twin')]);
  t.is(code, 8);
  t.regex(err, /worker-1/);
});

test.serial('a second signal, later, ends a node at once', async (t) => {
  const { layout } = await oneNode(t);
  const node = new Muster(t, ['node', 'logger-1', '--layout', layout, '--json', '--load', scriptPath('lingers')]);
  await node.untilLine(/"type":"report","state":"ready"/);
  node.kill('SIGINT');
  // A signal right after the first one is an echo of it.
  while (node.process.exitCode === null && node.process.signalCode === null) {
    await sleep(100);
    node.kill('SIGINT');
  }
  t.is(await node.ended, 128 + 2);
});

test.serial('a node that was forked by a supervisor leaves when its channel closes', async (t) => {
  const { layout } = await oneNode(t);
  const node = new Muster(t, ['node', 'logger-1', '--layout', layout, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  await node.untilLine(/"type":"report","state":"ready"/);
  node.process.disconnect();
  t.is(await node.ended, 0);
});
