import { Socket } from 'node:net';
import test from 'ava';
import type { StoreReport } from '../../actors/stores/report.js';
import { layout, listening, report, supervise } from './played-supervisor.js';

test('all processes are forked at once, and each gets its assignment first', (t) => {
  const { forked, at } = supervise();
  t.deepEqual(forked(), ['logger-1', 'manager', 'worker-1', 'worker-2']);
  t.deepEqual(at('manager').told[0], {
    type: 'assign',
    assignment: {
      name: 'manager',
      layout,
      scripts: ['/app.js'],
      defaults: { retryInterval: 1_000 },
      overrides: {},
      stopsAfter: ['worker-1', 'worker-2'],
    },
  });
});

test('a stage is started when the one before it listens', (t) => {
  const { at } = supervise();
  t.true(at('logger-1').orders.includes('start'));
  t.false(at('manager').orders.includes('start'));
  at('logger-1').say(listening);
  t.true(at('manager').orders.includes('start'));
  t.false(at('worker-1').orders.includes('start'));
  at('manager').say(listening);
  t.true(at('worker-1').orders.includes('start'));
  t.true(at('worker-2').orders.includes('start'));
});

test('one node has the scripts compiled, and then the others load them', (t) => {
  const { at } = supervise();
  t.deepEqual(at('logger-1').orders, ['load', 'start']);
  t.deepEqual(at('worker-1').orders, []);
  at('logger-1').say({ type: 'loaded' });
  t.deepEqual(at('worker-1').orders, ['load']);
});

test('the cluster has started when its manager says so', (t) => {
  const { supervisor, startAll, runtime, told } = supervise();
  runtime.advance(900);
  t.is(supervisor.state, 'starting');
  startAll();
  t.is(supervisor.state, 'running');
  t.deepEqual(
    told('started').map(({ seconds }) => seconds),
    [0.9],
  );
});

test('a cluster without a manager has started when all its nodes are ready', (t) => {
  const { supervisor, at } = supervise(['logger-1', 'logger-2'], {
    'logger-1': { nodeType: 'logger', ip: '127.0.0.1', port: 1 },
    'logger-2': { nodeType: 'logger', ip: '127.0.0.1', port: 2 },
  });
  at('logger-1').say(listening, report('ready'));
  t.is(supervisor.state, 'starting');
  at('logger-2').say(listening, report('ready'));
  t.is(supervisor.state, 'running');
});

test('status knows a node: address, state, process, peers and id', (t) => {
  const { supervisor, startAll } = supervise();
  startAll();
  t.deepEqual(supervisor.nodes[1], {
    name: 'manager',
    nodeType: 'manager',
    address: '127.0.0.1:27762',
    state: 'ready',
    id: 'id',
    pid: 101,
    since: 1_700_000_000_000,
    peersUp: 3,
    peersExpected: 3,
    restarts: 0,
    lastExit: null,
  });
  t.is(supervisor.nodes[2]?.address, null);
});

test('a change of peers alone is told, and does not change since when the node is in its state', (t) => {
  const { supervisor, startAll, at, told, runtime } = supervise();
  startAll();
  const before = told('state').length;
  runtime.advance(5_000);
  at('manager').say(report('ready', 2));
  t.is(told('state').length, before + 1);
  t.is(supervisor.nodes[1]?.peersUp, 2);
  t.is(supervisor.nodes[1]?.since, 1_700_000_000_000);
});

test('a node that is killed is restarted after 1 s, and keeps its last output', (t) => {
  const { supervisor, startAll, at, runtime, told, stateOf } = supervise();
  startAll();
  const first = at('worker-1');
  for (let line = 1; line <= 25; line++) first.handlers.output({ stream: 'stdout', line: `${line}` });
  first.exit(null, 'SIGKILL');
  t.is(stateOf('worker-1'), 'restarting');
  t.deepEqual(
    told('died').map(({ name, reason, restartDelay }) => [name, reason, restartDelay]),
    [['worker-1', 'killed by SIGKILL', 1_000]],
  );
  const { lastExit, pid, id } = supervisor.nodes[2] ?? {};
  t.deepEqual([lastExit?.output.length, lastExit?.output[0]?.line, lastExit?.output[19]?.line], [20, '6', '25']);
  t.deepEqual([pid, id], [null, null]);

  runtime.advance(1_000);
  t.not(at('worker-1'), first);
  t.deepEqual(at('worker-1').orders, ['load', 'start']);
  at('worker-1').say(listening, report('ready'));
  t.is(supervisor.nodes[2]?.restarts, 1);
  t.is(supervisor.nodes[2]?.lastExit?.reason, 'killed by SIGKILL');
});

test('why a node died is what it said last', (t) => {
  const { supervisor, startAll, at } = supervise();
  startAll();
  at('worker-1').say({ type: 'failed', code: 'MUSTER_NAME_TAKEN', message: 'worker-1 is taken' });
  at('worker-1').exit(8);
  t.is(supervisor.nodes[2]?.lastExit?.reason, 'worker-1 is taken');
});

test('a node that cannot start ends all the others, and is the outcome', async (t) => {
  const { supervisor, at, told } = supervise();
  at('logger-1').say(listening);
  at('manager').say({ type: 'failed', code: 'MUSTER_PORT_TAKEN', message: 'port 27762 is taken' });
  at('manager').exit(6);
  t.deepEqual(
    told('failed').map(({ name, code }) => [name, code]),
    [['manager', 'MUSTER_PORT_TAKEN']],
  );
  for (const name of ['worker-1', 'worker-2', 'logger-1']) {
    t.is(at(name).orders.at(-1), 'stop', name);
    at(name).exit(0);
  }
  const failure = { name: 'manager', code: 'MUSTER_PORT_TAKEN', message: 'port 27762 is taken' };
  t.deepEqual(await supervisor.ended, { failure, killed: [] });
});

test('nodes are stopped in the reverse order of their start', async (t) => {
  const { supervisor, startAll, at } = supervise();
  startAll();
  supervisor.stop('SIGTERM');
  t.true(at('worker-1').orders.includes('stop'));
  t.true(at('worker-2').orders.includes('stop'));
  t.false(at('manager').orders.includes('stop'));
  at('worker-1').exit(0);
  t.false(at('manager').orders.includes('stop'));
  at('worker-2').exit(0);
  t.true(at('manager').orders.includes('stop'));
  t.false(at('logger-1').orders.includes('stop'));
  at('manager').exit(0);
  at('logger-1').exit(0);
  t.deepEqual(await supervisor.ended, { failure: null, killed: [] });
  t.is(supervisor.state, 'ended');
});

test('a node that does not leave within 10 s is killed, told, and holds up nobody for longer', async (t) => {
  const { supervisor, startAll, at, runtime, told } = supervise();
  startAll();
  supervisor.stop('SIGTERM');
  at('worker-1').exit(0);
  runtime.advance(10_000);
  t.true(at('worker-2').isKilled);
  t.deepEqual(
    told('killed').map(({ name }) => name),
    ['worker-2'],
  );
  at('worker-2').exit(null, 'SIGKILL');
  at('manager').exit(0);
  at('logger-1').exit(0);
  t.deepEqual((await supervisor.ended).killed, ['worker-2']);
});

test('a deadline kills all that is left', async (t) => {
  const { supervisor, startAll, at, runtime } = supervise();
  startAll();
  supervisor.stop('muster stop', 500);
  runtime.advance(500);
  for (const name of Object.keys(layout)) {
    t.true(at(name).isKilled, name);
    at(name).exit(null, 'SIGKILL');
  }
  t.is((await supervisor.ended).killed.length, 4);
  t.is(runtime.pendingTimers, 0);
});

test('a node that dies while the cluster stops is not restarted', async (t) => {
  const { supervisor, startAll, at, runtime } = supervise();
  startAll();
  at('manager').exit(null, 'SIGKILL');
  supervisor.stop('SIGTERM');
  for (const name of ['worker-1', 'worker-2', 'logger-1']) at(name).exit(0);
  await supervisor.ended;
  runtime.advance(100_000);
  t.pass();
});

test('when all nodes have left by themselves, the supervisor ends', async (t) => {
  const { supervisor, startAll, at, runtime } = supervise();
  startAll();
  for (const name of Object.keys(layout)) at(name).exit(0);
  t.deepEqual(await supervisor.ended, { failure: null, killed: [] });
  t.is(runtime.pendingTimers, 0);
});

test('what was not acknowledged when a node left is told', (t) => {
  const { startAll, at, told } = supervise();
  startAll();
  at('worker-1').say({ type: 'left', unacknowledged: {} });
  at('worker-2').say({ type: 'left', unacknowledged: { 'logger-1': 3 } });
  t.deepEqual(
    told('lost').map(({ name, unacknowledged }) => [name, unacknowledged]),
    [['worker-2', { 'logger-1': 3 }]],
  );
});

const storeReport = (master: boolean): StoreReport => ({
  name: 'hosts',
  masterNode: 'manager',
  master,
  backend: 'memory',
  state: 'live',
  problem: null,
  differences: 0,
  contents: null,
});

test('nodes that run are asked for their stores, and who does not answer is known', async (t) => {
  const { supervisor, runtime, at, startAll } = supervise();
  t.deepEqual(await supervisor.stores(), []);
  startAll();
  const asking = supervisor.stores();
  for (const name of Object.keys(layout)) t.deepEqual(at(name).told.at(-1), { type: 'tellStores', number: 1 });
  at('manager').say({ type: 'stores', number: 1, stores: [storeReport(true)] });
  at('worker-1').say({ type: 'stores', number: 1, stores: [] });
  at('worker-2').exit(1);
  runtime.advance(2_000);
  const answers = new Map((await asking).map(({ name, stores }) => [name, stores]));
  t.deepEqual(answers.get('manager'), [storeReport(true)]);
  t.deepEqual(answers.get('worker-1'), []);
  t.is(answers.get('worker-2'), null);
  t.is(answers.get('logger-1'), null);
});

test('who asks about a store is handed on to the node that has its master', async (t) => {
  const { supervisor, at, startAll } = supervise();
  startAll();
  const request = { type: 'store', store: 'hosts', operation: 'keys' } as const;
  const answer = (number: number, master: boolean) => {
    for (const name of Object.keys(layout)) {
      at(name).say({ type: 'stores', number, stores: [storeReport(master && name === 'worker-1')] });
    }
  };
  const connection = new Socket();
  const serving = supervisor.serve(request, connection);
  answer(1, true);
  await serving;
  t.deepEqual(at('worker-1').told.at(-1), request);
  t.is(at('worker-1').connection, connection);

  const refusing = supervisor.serve(request, connection);
  answer(2, false);
  await t.throwsAsync(refusing, { code: 'MUSTER_STORE_UNREACHABLE' });
  t.false(connection.destroyed);
});
