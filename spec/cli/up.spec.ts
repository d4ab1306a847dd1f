import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { ClusterStatus } from '../../cli/messages.js';
import { birthplace, checkFailing } from './up-forms.js';
import {
  Court,
  fourNodes,
  Muster,
  oneNode,
  order,
  place,
  run,
  runHere,
  scriptPath,
  startCluster,
  twoNodes,
} from './workbench.js';

// Each test runs a whole cluster: one after the other.

async function statusOf(layout: string): Promise<{ code: unknown; status: ClusterStatus }> {
  const { code, out } = await runHere(['status', layout, '--json']);
  return { code, status: JSON.parse(out) };
}

test.serial('up, status, stop: four processes find each other, are seen, and are gone', async (t) => {
  const { directory, layout, ports } = await fourNodes(t);
  const up = await startCluster(t, layout);
  t.deepEqual(order(up, 'connecting'), ['logger-1', 'manager', 'proxy-1', 'worker-1']);
  await up.until(() => order(up, 'ready').length === 4);

  const { code, status } = await statusOf(layout);
  t.is(code, 0);
  t.like(status, { pid: up.process.pid, state: 'running', layout, stateDir: join(directory, '.muster') });
  t.deepEqual(
    status.nodes.map((node) => [node.name, node.nodeType, node.address, node.state, node.peersUp, node.peersExpected]),
    [
      ['logger-1', 'logger', `127.0.0.1:${ports[0]}`, 'ready', 3, 3],
      ['manager', 'manager', `127.0.0.1:${ports[1]}`, 'ready', 3, 3],
      ['proxy-1', 'proxy', `127.0.0.1:${ports[2]}`, 'ready', 3, 3],
      ['worker-1', 'worker', null, 'ready', 3, 3],
    ],
  );
  const table = await run(t, ['status', layout]);
  t.regex(table.out, /^NODE +TYPE +ADDRESS +STATE +PID +SINCE +PEERS +RESTARTS\n/);
  t.regex(table.out, /^worker-1 +worker +- +ready +\d+ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +3\/3 +0$/m);

  const stop = await run(t, ['stop', layout]);
  t.deepEqual([stop.code, stop.out], [0, 'stopped']);
  t.is(await up.ended, 0);
  t.deepEqual(order(up, 'stopped'), ['worker-1', 'proxy-1', 'manager', 'logger-1']);
  t.deepEqual(readdirSync(join(directory, '.muster')), ['logs']);
});

test.serial('without a supervisor, status and stop say so, with exit code 3', async (t) => {
  const { layout } = await oneNode(t);
  for (const command of ['status', 'stop']) {
    const { code, err } = await run(t, [command, layout]);
    t.is(code, 3);
    t.regex(err, /^muster: no supervisor is running for /);
    const json = await runHere([command, layout, '--json']);
    t.is(json.code, 3);
    t.like(JSON.parse(json.out), { type: 'error', code: 'MUSTER_SUPERVISOR_ABSENT' });
  }
});

test.serial('a killed worker is restarted, and everybody counts right', async (t) => {
  const { layout } = await fourNodes(t);
  const court = await Court.open(t);
  const up = await startCluster(t, layout, '--load', scriptPath('witness'), '--', court.path);
  const [first] = court.of('worker-1');
  process.kill(first?.born.pid as number, 'SIGKILL');
  await up.untilEvent((event) => event.type === 'died' && event.name === 'worker-1');

  // On a busy machine, it may be on its way back already.
  const dead = await statusOf(layout);
  const isBack = dead.status.nodes[3]?.state === 'ready';
  t.is(dead.code, isBack ? 0 : 1);
  t.like(dead.status.nodes[3], { lastExit: { reason: 'killed by SIGKILL' } });

  await court.until(() => court.of('worker-1').length === 2);
  await up.until(() => order(up, 'ready').filter((name) => name === 'worker-1').length === 2);
  // Three of the others have lost the worker and found it again.
  await up.until(() =>
    ['logger-1', 'manager', 'proxy-1'].every((name) => order(up, 'ready').filter((n) => n === name).length === 2),
  );
  const alive = await statusOf(layout);
  t.is(alive.code, 0);
  t.deepEqual(
    alive.status.nodes.map(({ restarts }) => restarts),
    [0, 0, 0, 1],
  );
  t.true(alive.status.nodes.every(({ peersUp, peersExpected }) => peersUp === 3 && peersExpected === 3));
  for (const name of ['logger-1', 'manager', 'proxy-1']) {
    const about = court.of(name)[0]?.told.filter((one) => 'peer' in one && one.peer === 'worker-1') ?? [];
    t.deepEqual(
      about.map(({ type }) => type),
      ['up', 'down', 'up'],
      name,
    );
  }
  t.is((await runHere(['stop', layout])).code, 0);
  t.is(await up.ended, 0);
});

test.serial('a killed supervisor leaves no process, and the next one takes over', async (t) => {
  const { directory, layout } = await twoNodes(t);
  const court = await Court.open(t);
  const up = await startCluster(t, layout, '--load', scriptPath('witness'), '--', court.path);
  up.kill('SIGKILL');
  await court.until(({ processes }) => processes.length === 2 && processes.every(({ hasEnded }) => hasEnded));
  // They have said goodbye: the manager, which goes last, has seen the worker go.
  const gone = court.of('manager')[0]?.told.flatMap((one) => (one.type === 'down' ? [one.peer] : []));
  t.deepEqual(gone, ['worker-1']);

  t.true(existsSync(join(directory, '.muster', 'supervisor.sock')));
  const status = await runHere(['status', layout]);
  t.is(status.code, 3);
  t.regex(status.err, new RegExp(`pid ${up.process.pid}, did not end in peace`));

  const next = await startCluster(t, layout);
  t.is(readFileSync(join(directory, '.muster', 'supervisor.pid'), 'utf8'), `${next.process.pid}\n`);
  next.kill('SIGTERM');
  t.is(await next.ended, 0);
});

test.serial('a second supervisor is refused, with the pid of the first', async (t) => {
  const { layout } = await oneNode(t);
  const up = await startCluster(t, layout);
  const { code, err } = await run(t, ['up', layout]);
  t.is(code, 4);
  t.regex(err, new RegExp(`a supervisor with pid ${up.process.pid} is running already`));
  t.is((await statusOf(layout)).code, 0);
});

test.serial('SIGTERM stops the nodes in order; another one, later, kills them', async (t) => {
  const { layout } = await twoNodes(t);
  const court = await Court.open(t);
  const up = await startCluster(t, layout, '--load', scriptPath('witness'), '--', court.path);
  await court.order('worker-1', 'hang');
  up.kill('SIGTERM');
  await up.untilEvent(({ type }) => type === 'stopping');
  t.is((await statusOf(layout)).status.state, 'stopping');
  // A signal right after the first one is an echo of it.
  while (up.process.exitCode === null && up.process.signalCode === null) {
    up.kill('SIGTERM');
    await sleep(100);
  }
  t.is(await up.ended, 128 + 15);
  t.true(court.processes.every(({ hasEnded }) => hasEnded));
});

test.serial('stop --timeout kills what does not end, and says so', async (t) => {
  const { layout } = await twoNodes(t);
  const court = await Court.open(t);
  const up = await startCluster(t, layout, '--load', scriptPath('witness'), '--', court.path);
  await court.order('worker-1', 'hang');
  const { code, out } = await run(t, ['stop', layout, '--timeout', '1000']);
  t.is(code, 0);
  t.regex(out, /^stopped; these had to be killed: .*worker-1/);
  t.is(await up.ended, 1);
  t.true(court.processes.every(({ hasEnded }) => hasEnded));
});

test.serial('scripts get the arguments after --, the name of their node, and 1 s to retry', async (t) => {
  const { directory, bornWith } = await birthplace(t);
  const born = await bornWith({});
  t.like(born, {
    args: ['--input', 'conn.log'],
    variable: 'logger-1',
    retryInterval: 1_000,
    stateDir: join(directory, '.muster'),
  });
  const flags = [
    '--load',
    scriptPath('options'),
    '--retry-interval',
    '300',
    '--state-dir',
    join(directory, 'elsewhere'),
  ];
  t.like(await bornWith({ ZEEK_DEFAULT_CONNECT_RETRY: '7' }, ...flags), {
    retryInterval: 300,
    stateDir: join(directory, 'elsewhere'),
  });
  t.true(existsSync(join(directory, 'elsewhere', 'logs')));
});

test.serial('what nodes write is passed on, a line at a time, with the name of the node', async (t) => {
  const { layout } = await oneNode(t);
  const court = await Court.open(t);
  const up = new Muster(t, ['up', layout, '--load', scriptPath('witness'), '--', court.path]);
  await up.untilLine(/^cluster started in \d+\.\d s$/);
  await court.order('logger-1', 'print');
  await up.untilLine(/^logger-1 \| a line on stdout$/);
  await up.untilLine(/^logger-1 \| a line on stderr$/);
  t.true(up.out.includes('logger-1 | a line on stdout'));
  t.true(up.err.includes('logger-1 | a line on stderr'));
  up.kill('SIGINT');
  t.is(await up.ended, 0);
});

test.serial('a cluster whose output nobody reads any more ends', async (t) => {
  const { layout } = await oneNode(t);
  const court = await Court.open(t);
  const up = new Muster(t, ['up', layout, '--load', scriptPath('witness'), '--', court.path]);
  await up.untilLine(/^cluster started/);
  up.process.stdout?.destroy();
  await court.order('logger-1', 'print');
  t.is(await up.ended, 0);
});

test.serial('a port that is taken ends the start: in words, with exit code 6, and nobody left', async (t) => {
  const { directory, layout, ports } = await twoNodes(t);
  const server = createServer().listen(ports[0], '127.0.0.1');
  t.teardown(() => server.close());
  const { code, err } = await run(t, ['up', layout]);
  t.is(code, 6);
  t.regex(err, new RegExp(`^manager could not start: .*${ports[0]}`, 'm'));
  t.deepEqual(readdirSync(join(directory, '.muster')), []);
});

test.serial('a script that fails ends the start: in words, with exit code 7', async (t) => {
  await checkFailing(t, 'missing', 'no-default', 'throws');
});

test.serial('a layout that cannot work is not started', async (t) => {
  const topology = place(t, [], {
    manager: { nodeType: 'manager', ip: '127.0.0.1' },
    'worker-1': { nodeType: 'worker', ip: '127.0.0.1' },
  });
  const unworkable = await run(t, ['up', topology.layout]);
  t.is(unworkable.code, 5);
  t.regex(unworkable.err, /manager has no port, but worker-1 must connect to it/);
  const json = await run(t, ['up', topology.layout, '--json']);
  t.like(JSON.parse(json.out), { type: 'error', code: 'MUSTER_TOPOLOGY_INVALID' });

  const elsewhere = place(t, [], { 'logger-1': { nodeType: 'logger', ip: '203.0.113.1', port: 27_761 } });
  const foreign = await run(t, ['up', elsewhere.layout]);
  t.is(foreign.code, 1);
  t.regex(foreign.err, /has no node for this machine/);
  t.false(existsSync(join(elsewhere.directory, '.muster')));
});
