/**
 * Control between nodes of a simulated cluster: who may ask, what is answered, and what becomes of questions when nodes
 * hang, die or answer late.
 */
import test from 'ava';
import { controlEvent } from '../../../actors/control/messages.js';
import type { ClusterNode, OptionsInput, Sample } from '../../../index.js';
import { type SimulatedCluster, simulateCluster } from '../../../testing/index.js';

const layout = {
  'control-1': { nodeType: 'control', ip: '10.0.0.1', port: 5_001 },
  'control-2': { nodeType: 'control', ip: '10.0.0.2' },
  manager: { nodeType: 'manager', ip: '10.0.0.3', port: 5_003 },
  'proxy-1': { nodeType: 'proxy', ip: '10.0.0.4', port: 5_004 },
  'worker-1': { nodeType: 'worker', ip: '10.0.0.5' },
} as const;

async function start(setup: (node: ClusterNode) => unknown = () => {}, options: OptionsInput = {}) {
  const cluster = await simulateCluster({ layout, setup, options: { retryInterval: 200, ...options } });
  const isUp = ({ state }: { state: string }) => state === 'up';
  await cluster.until(() => Object.keys(layout).every((name) => cluster.node(name).peers.every(isUp)));
  return cluster;
}

/** What a promise settles with, and when, in ms since it was made. */
async function outcome<T>(cluster: SimulatedCluster, promise: Promise<T>, within = 20_000) {
  const begin = cluster.now;
  let settled: { value?: T; error?: unknown } | undefined;
  promise.then(
    (value) => {
      settled = { value };
    },
    (error) => {
      settled = { error };
    },
  );
  await cluster.until(() => settled !== undefined, { within, step: 1 });
  return { ...settled, took: cluster.now - begin };
}

const codesOf = (absent: Readonly<Record<string, { code: string }>>) =>
  Object.fromEntries(Object.entries(absent).map(([name, { code }]) => [name, code]));

test('a control node asks all its peers how they are', async (t) => {
  const cluster = await start();
  const { value } = await outcome(cluster, cluster.node('control-1').control.ask({ kind: 'status' }));
  t.deepEqual(Object.keys(value?.answers ?? {}).sort(), ['manager', 'proxy-1', 'worker-1']);
  t.deepEqual(value?.absent, {});
  const report = value?.answers['worker-1'];
  t.like(report, { id: cluster.node('worker-1').id, state: 'ready', peersUp: 2, peersExpected: 2, process: null });
  t.true((report?.uptime ?? 0) > 0);
});

test('who shares no peering with the control node is named, and why', async (t) => {
  const cluster = await start();
  const asked = cluster
    .node('control-2')
    .control.ask({ kind: 'peers' }, { nodes: ['manager', 'worker-1', 'worker-9'] });
  const { value } = await outcome(cluster, asked);
  t.deepEqual(Object.keys(value?.answers ?? {}), ['manager']);
  t.deepEqual(value?.answers.manager?.map(({ name }) => name).sort(), [
    'control-1',
    'control-2',
    'proxy-1',
    'worker-1',
  ]);
  t.regex(value?.absent['worker-1']?.message ?? '', /worker-1 shares no peering with control-2/);
  t.regex(value?.absent['worker-9']?.message ?? '', /worker-9 is no node of the layout/);
});

test('counters, options and the last changes of state', async (t) => {
  const cluster = await start((node) => node.on('App::bad', () => Promise.reject(new Error('no'))), {
    logPolicy: () => true,
    maxBufferedEvents: 1_234,
  });
  const { control } = cluster.node('control-1');
  cluster.node('manager').publish('zeek/cluster/worker', 'App::bad');
  await cluster.advance(100);
  const counters = (await outcome(cluster, control.ask({ kind: 'counters' }))).value?.answers['worker-1'];
  t.like(counters, { failedHandlers: 1, forged: 0, refusedControl: 0, lost: 0, lostByReason: {}, connections: 3 });
  t.true((counters?.eventsIn ?? 0) >= 1 && (counters?.bytesIn ?? 0) > 0);

  const options = (await outcome(cluster, control.ask({ kind: 'options' }))).value?.answers.manager;
  t.is(options?.maxBufferedEvents, 1_234);
  t.false('logPolicy' in (options ?? {}));

  const history = (await outcome(cluster, control.ask({ kind: 'history' }))).value?.answers['worker-1'] ?? [];
  const ofManager = history.filter(({ machine }) => machine === 'peering manager').map(({ to }) => to);
  t.is(ofManager[0], 'connecting');
  t.regex(ofManager.at(-1) ?? '', /^up/);
  t.true(history.some(({ machine, to }) => machine === 'node' && to === 'ready'));
});

test('the history keeps the latest of each machine, however often another one changes', async (t) => {
  const cluster = await start();
  cluster.cut('worker-1', 'proxy-1');
  await cluster.advance(1_000);
  for (let i = 0; i < 50; i++) {
    cluster.cut('worker-1', 'manager');
    await cluster.advance(1_000);
  }
  const { value } = await outcome(cluster, cluster.node('control-1').control.ask({ kind: 'history' }));
  const history = value?.answers['worker-1'] ?? [];
  const of = (machine: string) => history.filter((one) => one.machine === machine);
  t.is(of('peering manager').length, 32);
  t.true(history.every(({ from, to }) => from !== to));
  t.is(of('peering manager').at(-1)?.to, 'up.responsive');
  t.true(of('peering proxy-1').length > 3 && of('peering proxy-1')[0]?.from === '');
  const times = history.map(({ at }) => at);
  t.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
});

test('a function that is exposed is called with values that events can carry', async (t) => {
  const cluster = await start((node) => {
    node.control.expose('echo', (...args: unknown[]) => [node.name, ...args]);
    node.control.expose('later', async () => new Map([['a', 1n]]));
    node.control.expose('nothing', () => {});
  });
  const { control } = cluster.node('control-1');
  const date = new Date(5);
  t.deepEqual((await outcome(cluster, control.call('worker-1', 'echo', 1n, date))).value, ['worker-1', 1n, date]);
  t.deepEqual((await outcome(cluster, control.call('proxy-1', 'later'))).value, new Map([['a', 1n]]));
  t.is((await outcome(cluster, control.call('proxy-1', 'nothing'))).value, null);
});

test('what is called may throw, answer what cannot be sent, or not be there', async (t) => {
  const cluster = await start(
    (node) => {
      const expose = (name: string, fn: () => unknown) => node.control.expose(name, fn);
      expose('throws', () => {
        throw new Error(`no luck${'\ud800'}`);
      });
      expose('functions', () => ({ fn: () => {} }));
      expose('large', () => 'x'.repeat(70_000));
      expose('gone', () => 1)();
    },
    { maxEventSize: 65_536 },
  );
  const { control } = cluster.node('control-1');
  const errors: string[] = [];
  for (const name of ['throws', 'functions', 'large', 'gone']) {
    const { error, took } = await outcome(cluster, control.call('worker-1', name));
    t.is((error as { code: string }).code, 'MUSTER_CONTROL_FAILED', name);
    t.true(took < 100, name);
    errors.push((error as Error).message);
  }
  t.regex(errors[0] ?? '', /^worker-1: no luck\ufffd$/);
  t.regex(errors[1] ?? '', /fn.*cannot be sent|function/);
  t.regex(errors[2] ?? '', /too many to be sent/);
  t.regex(errors[3] ?? '', /nothing is exposed as "gone"; there are: functions, large, throws/);
  t.true(cluster.node('worker-1').peers.every(({ state }) => state === 'up'));
});

test('a name is exposed once', async (t) => {
  const cluster = await start((node) => node.control.expose('x', () => 1));
  t.throws(() => cluster.node('manager').control.expose('x', () => 2), { code: 'MUSTER_CONTROL_FAILED' });
});

test('only control nodes ask: others are told so, and what they send is dropped, counted and logged', async (t) => {
  let called = 0;
  const cluster = await start((node) => node.control.expose('count', () => ++called));
  const worker = cluster.node('worker-1');
  await t.throwsAsync(worker.control.ask({ kind: 'status' }), { code: 'MUSTER_CONTROL_REFUSED' });

  const id = 'ffffffffffffffff';
  for (const request of [{ kind: 'call', name: 'count', args: [] }, { kind: 'shutDown' }]) {
    worker.publish('zeek/cluster/manager', controlEvent, { type: 'request', id, request });
  }
  await cluster.advance(1_000);
  t.is(called, 0);
  t.not(cluster.node('manager').state, 'left');
  t.true(
    cluster.lines.some(
      ({ node, message }) =>
        node === 'manager' && /refused a control request \(call\) of worker-1: it is a worker/.test(message),
    ),
  );
  const { value } = await outcome(cluster, cluster.node('control-1').control.ask({ kind: 'counters' }));
  t.is(value?.answers.manager?.refusedControl, 2);
});

test('messages that say nothing, and answers that nobody waits for, are dropped', async (t) => {
  const cluster = await start();
  const control = cluster.node('control-1');
  const worker = cluster.node('worker-1');
  for (const forged of [
    undefined,
    null,
    7,
    {},
    { type: 'request', id: 'x' },
    { type: 'request', id: 'x', request: { kind: 'constructor' } },
    { type: 'request', id: 'x', request: { kind: 'call', name: 1, args: [] } },
    { type: 'request', id: 'x', request: { kind: 'watch', watch: 'w', topic: '', lease: 1e9 } },
    { type: 'sample', watch: 'w', sample: { events: [{}], skipped: 0 } },
  ]) {
    control.publish('zeek/cluster/node/worker-1/', controlEvent, forged === undefined ? [] : forged);
  }
  worker.publish('zeek/cluster/node/control-1/', controlEvent, { type: 'answer', id: 'x', value: 1 });
  worker.publish('zeek/cluster/node/manager/', controlEvent, { type: 'answer', id: 'x', value: 1 });
  await cluster.advance(100);
  const { value } = await outcome(cluster, control.control.ask({ kind: 'counters' }));
  t.is(value?.answers['worker-1']?.forged, 9);
  t.is(value?.answers.manager?.forged, 1);
  t.true(worker.peers.every(({ state }) => state === 'up'));
});

test('no handler of a user sees what control nodes say, and nobody waits beyond the deadline', async (t) => {
  const seen: string[] = [];
  const cluster = await start((node) => {
    node.control.expose('never', () => new Promise(() => {}));
    node.on(controlEvent, () => seen.push(node.name));
  });
  const { error, took } = await outcome(cluster, cluster.node('control-1').control.call('manager', 'never'));
  t.is((error as { code: string }).code, 'MUSTER_CONTROL_TIMEOUT');
  t.true(took >= 5_000 && took < 5_010, `${took}`);
  t.deepEqual(seen, []);
});

test('a node that hangs is absent at the deadline, and the others have answered', async (t) => {
  const cluster = await start();
  cluster.freeze('worker-1');
  const asked = cluster.node('control-1').control.ask({ kind: 'status' }, { timeout: 1_000 });
  const { value, took } = await outcome(cluster, asked);
  t.deepEqual(Object.keys(value?.answers ?? {}).sort(), ['manager', 'proxy-1']);
  t.deepEqual(codesOf(value?.absent ?? {}), { 'worker-1': 'MUSTER_CONTROL_TIMEOUT' });
  t.true(took >= 1_000 && took < 1_010, `${took}`);
  cluster.thaw('worker-1');
  await cluster.advance(5_000);
  const again = await outcome(cluster, cluster.node('control-1').control.ask({ kind: 'status' }));
  t.deepEqual(again.value?.absent, {});
});

test('a node that dies while it is asked is absent as soon as it is down', async (t) => {
  const cluster = await start((node) => node.control.expose('never', () => new Promise(() => {})));
  const { control } = cluster.node('control-1');
  const asked = outcome(
    cluster,
    control.ask({ kind: 'call', name: 'never', args: [] }, { nodes: ['worker-1', 'manager'], timeout: 8_000 }),
  );
  await cluster.advance(50);
  cluster.crash('worker-1');
  const { value, took } = await asked;
  t.deepEqual(codesOf(value?.absent ?? {}), {
    'worker-1': 'MUSTER_CONTROL_UNREACHABLE',
    manager: 'MUSTER_CONTROL_TIMEOUT',
  });
  t.regex(value?.absent['worker-1']?.message ?? '', /went down before it answered/);
  t.true(took < 8_010);
  const down = await outcome(cluster, control.ask({ kind: 'status' }, { nodes: ['worker-1'] }));
  t.regex(down.value?.absent['worker-1']?.message ?? '', /is not connected/);
  t.true(down.took < 10);
});

test('two control nodes ask at the same time, each gets its own answers', async (t) => {
  const cluster = await start((node) => node.control.expose('who', (asker: string) => `${node.name} to ${asker}`));
  const nodes = ['manager', 'proxy-1'];
  const ask = (name: string) => cluster.node(name).control.ask({ kind: 'call', name: 'who', args: [name] }, { nodes });
  const both = await outcome(cluster, Promise.all(['control-1', 'control-2'].map(ask)));
  t.deepEqual(
    both.value?.map(({ answers }) => answers),
    [
      { manager: 'manager to control-1', 'proxy-1': 'proxy-1 to control-1' },
      { manager: 'manager to control-2', 'proxy-1': 'proxy-1 to control-2' },
    ],
  );
});

test('that no control node is there is nothing to warn of', async (t) => {
  const cluster = await start();
  cluster.crash('control-1');
  cluster.crash('proxy-1');
  await cluster.advance(60_000);
  const warned = (peer: string) => cluster.lines.filter(({ message }) => message.startsWith(`no peering with ${peer}`));
  t.deepEqual(warned('control-1'), []);
  t.true(warned('proxy-1').length > 0);
});

test('a node that is to shut down answers, then leaves; to restart, with an error that says so', async (t) => {
  const cluster = await start();
  const { control } = cluster.node('control-1');
  const worker = cluster.node('worker-1');
  const proxy = cluster.node('proxy-1');
  const stopped = await outcome(cluster, control.ask({ kind: 'shutDown' }, { nodes: ['worker-1'] }));
  t.deepEqual(stopped.value, { answers: { 'worker-1': null }, absent: {} });
  t.is((await outcome(cluster, worker.closed)).value, undefined);
  t.is(worker.state, 'left');
  await outcome(cluster, control.ask({ kind: 'shutDown', restart: true }, { nodes: ['proxy-1'] }));
  t.like((await outcome(cluster, proxy.closed)).value, { code: 'MUSTER_RESTART' });
});

test('a node that leaves answers nothing any more, and leaves nothing behind for who asked', async (t) => {
  const cluster = await start();
  const { control } = cluster.node('control-1');
  const worker = cluster.node('worker-1');
  cluster.freeze('manager');
  worker.publish('zeek/cluster/manager', 'App::last'); // It waits for this to be acknowledged.
  const leaving = outcome(cluster, worker.leave());
  await cluster.advance(100);
  t.is(worker.state, 'leaving');
  const asked = outcome(cluster, control.ask({ kind: 'status' }, { nodes: ['worker-1'], timeout: 60_000 }));
  await cluster.advance(100);
  t.deepEqual(Object.keys((await leaving).value?.unacknowledged ?? {}), ['manager']);
  t.regex((await asked).value?.absent['worker-1']?.message ?? '', /went down before it answered/);
});

test('a control node that leaves lets nobody wait', async (t) => {
  const cluster = await start((node) => node.control.expose('never', () => new Promise(() => {})));
  const control = cluster.node('control-1');
  const asked = outcome(cluster, control.control.call('worker-1', 'never'));
  await cluster.advance(10);
  await cluster.leave('control-1');
  const { error, took } = await asked;
  t.is((error as { code: string }).code, 'MUSTER_CONTROL_UNREACHABLE');
  t.true(took < 5_000);
});

test('an event is handled by those that subscribe to its topic, and by nobody if it is one of the framework', async (t) => {
  const got: unknown[] = [];
  const cluster = await start((node) => {
    node.on('App::note', (...args: unknown[]) => got.push([node.name, node.eventSender(), ...args]));
    node.on('Cluster::node_down', () => got.push('forged'));
  });
  const { control } = cluster.node('control-1');
  const inject = (event: string) =>
    control.ask({ kind: 'inject', topic: 'zeek/cluster/worker', event, args: ['x', 1] });
  const { value } = await outcome(cluster, inject('App::note'));
  t.deepEqual(value?.answers, { manager: false, 'proxy-1': false, 'worker-1': true });
  t.deepEqual(got, [['worker-1', 'control-1', 'x', 1]]);
  for (const event of ['Cluster::node_down', controlEvent, 'Muster::store', 'Muster::log']) {
    t.is(Object.keys((await outcome(cluster, inject(event))).value?.absent ?? {}).length, 3, event);
  }
  t.is(got.length, 1);
});

test('who watches sees what is published, sampled and bounded, for as long as it asks to', async (t) => {
  const cluster = await start();
  const control = cluster.node('control-1');
  const worker = cluster.node('worker-1');
  const samples: Sample[] = [];
  control.control.onSample((node, watch, sample) => {
    t.deepEqual([node, watch], ['worker-1', 'w']);
    samples.push(sample);
  });
  const watch = (lease: number) =>
    outcome(
      cluster,
      control.control.ask({ kind: 'watch', watch: 'w', topic: 'zeek/cluster/manager', lease }, { nodes: ['worker-1'] }),
    );
  await watch(2_000);
  const list = [1];
  worker.publish('zeek/cluster/manager', 'App::a', list, 1n);
  list.push(2);
  worker.publish('zeek/cluster/proxy', 'App::hidden');
  worker.publish('zeek/cluster/manager', 'App::large', 'x'.repeat(10_000));
  for (let i = 0; i < 100; i++) worker.publish('zeek/cluster/manager', 'App::many', i);
  await cluster.advance(500);
  const seen = samples.flatMap(({ events }) => events);
  t.like(seen[0], { topic: 'zeek/cluster/manager', event: 'App::a' });
  t.deepEqual(seen[0]?.args, [[1], 1n]);
  t.is(seen[1]?.event, 'App::large');
  t.true(seen[1]?.args === undefined && (seen[1]?.size ?? 0) > 10_000);
  t.is(seen.length, 25);
  t.is(
    samples.reduce((sum, { skipped }) => sum + skipped, 0),
    102 - 25,
  );

  await cluster.advance(3_000);
  samples.length = 0;
  worker.publish('zeek/cluster/manager', 'App::a');
  await cluster.advance(1_000);
  t.deepEqual(samples, []);
});

test('a watch ends with its control node', async (t) => {
  const timersLeft = async (watches: boolean) => {
    const cluster = await start();
    const { control } = cluster.node('control-1');
    const request = { kind: 'watch', watch: 'w', topic: '', lease: 60_000 } as const;
    if (watches) await outcome(cluster, control.ask(request, { nodes: ['worker-1'] }));
    const worker = cluster.node('worker-1');
    cluster.crash('control-1');
    await cluster.until(() => worker.peers.every(({ name, state }) => name !== 'control-1' || state !== 'up'));
    await cluster.advance(1_000);
    return cluster.pendingOf('worker-1')();
  };
  t.is(await timersLeft(true), await timersLeft(false));
});
