/**
 * The kit of simulated clusters: what users can do to one, and what then comes of it.
 */
import test from 'ava';
import { type ClusterNode, MusterError } from '../../index.js';
import { type SimulatedCluster, type SimulationOptions, simulateCluster } from '../../testing/index.js';
import { timeToNotice } from '../faults/time-to-notice.js';

const ip = '127.0.0.1';
const layout = {
  'logger-1': { nodeType: 'logger', ip, port: 1_000 },
  manager: { nodeType: 'manager', ip, port: 1_001 },
  'worker-1': { nodeType: 'worker', ip },
  'worker-2': { nodeType: 'worker', ip },
} as const;
const options = { retryInterval: 1_000 };

async function ready(given: Partial<SimulationOptions> = {}): Promise<SimulatedCluster> {
  const cluster = await simulateCluster({ layout, options, ...given });
  await cluster.until(() => cluster.running.every((name) => cluster.node(name).state === 'ready'));
  return cluster;
}

/** Names of the peers that are up at a node. */
function upAt(cluster: SimulatedCluster, name: string): string[] {
  const peers = cluster.node(name).peers.filter(({ state }) => state === 'up');
  return peers.map((peer) => peer.name);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const thrown = await promise.then(
    () => undefined,
    (error) => error,
  );
  return thrown instanceof MusterError ? thrown.code : String(thrown);
}

test('a partition parts some nodes from all others, until it is healed', async (t) => {
  const cluster = await ready();
  cluster.partition(['worker-1', 'manager']);
  await cluster.advance(10_000);
  t.deepEqual(upAt(cluster, 'worker-1'), ['manager']);
  t.deepEqual(upAt(cluster, 'manager'), ['worker-1']);
  t.deepEqual(upAt(cluster, 'worker-2'), ['logger-1']);
  cluster.heal();
  await cluster.advance(10_000);
  t.deepEqual(upAt(cluster, 'manager'), ['logger-1', 'worker-1', 'worker-2']);
});

test('a black hole, in one direction or both, is noticed at both ends within the time of a heartbeat and a probe', async (t) => {
  const there = ['worker-1', 'manager'] as const;
  const back = ['manager', 'worker-1'] as const;
  for (const holes of [[there], [back], [there, back]]) {
    const cluster = await ready();
    for (const [from, to] of holes) cluster.block(from, to);
    t.true(upAt(cluster, 'manager').includes('worker-1') && upAt(cluster, 'worker-1').includes('manager'));
    await cluster.advance(timeToNotice);
    t.false(upAt(cluster, 'manager').includes('worker-1'), `${holes}`);
    t.false(upAt(cluster, 'worker-1').includes('manager'), `${holes}`);
  }
});

test('a partition between some and some; one way, the others are still heard', async (t) => {
  const heard: string[] = [];
  const setup = (node: ClusterNode) => {
    node.on('App::word', (word: string) => heard.push(`${node.name} hears ${word}`));
  };
  const cluster = await ready({ setup });
  cluster.partition(['worker-1', 'worker-2'], ['manager'], { oneWay: true });
  for (const name of ['worker-1', 'manager', 'worker-2']) {
    cluster.node(name).publish(cluster.node(name).nodeTopic('logger-1'), 'App::word', name);
    for (const peer of ['worker-1', 'manager']) {
      cluster.node(name).publish(cluster.node(name).nodeTopic(peer), 'App::word', name);
    }
  }
  await cluster.advance(100);
  t.deepEqual(heard.sort(), [
    'logger-1 hears manager',
    'logger-1 hears worker-1',
    'logger-1 hears worker-2',
    'worker-1 hears manager',
  ]);
});

test('a node whose port is taken cannot start, and can once it is free; who connects meanwhile finds no node', async (t) => {
  const cluster = await ready();
  cluster.occupy('logger-1');
  cluster.crash('logger-1');
  t.is(await codeOf(cluster.start('logger-1')), 'MUSTER_PORT_TAKEN');
  t.false(cluster.running.includes('logger-1'));
  await cluster.advance(3_000);
  t.true(cluster.lines.some(({ message }) => message.includes('no handshake with 127.0.0.1:1000')));
  cluster.vacate('logger-1');
  await cluster.start('logger-1');
  await cluster.advance(3_000);
  t.deepEqual(upAt(cluster, 'logger-1'), ['manager', 'worker-1', 'worker-2']);
});

test('a node that refuses connections keeps those that stand, and takes no new ones until it admits them', async (t) => {
  const cluster = await ready();
  cluster.refuse('manager');
  cluster.cut('worker-1', 'manager');
  await cluster.advance(5_000);
  t.deepEqual(upAt(cluster, 'manager'), ['logger-1', 'worker-2']);
  cluster.admit('manager');
  await cluster.advance(5_000);
  t.deepEqual(upAt(cluster, 'manager'), ['logger-1', 'worker-1', 'worker-2']);
});

test('a lifetime may be given its id; the peers refuse one that was used before and has forgotten what it said', async (t) => {
  const cluster = await ready({ setup: (node) => node.createStore('hosts') });
  const { id } = cluster.node('worker-1');
  cluster.crash('worker-1');
  await cluster.start('worker-1', { id });
  t.is(cluster.node('worker-1').id, id);
  await cluster.advance(5_000);
  t.deepEqual(upAt(cluster, 'manager'), ['logger-1', 'worker-2']);
  t.true(cluster.lines.some(({ message }) => /it says it received event \d+, but only \d+ were sent/.test(message)));
  cluster.crash('worker-1');
  await cluster.start('worker-1', { id: 'worker-1_fresh' });
  await cluster.advance(5_000);
  t.is(cluster.node('manager').nodes()['worker-1']?.id, 'worker-1_fresh');
});

test('of twins, the second leaves as long as the first answers, and takes its place if it does not', async (t) => {
  const cluster = await ready();
  const { id } = cluster.node('worker-1');
  const second = await cluster.twin('worker-1');
  t.deepEqual(cluster.running, ['logger-1', 'manager', 'worker-1', 'worker-2', 'worker-1~2']);
  await cluster.advance(1_000);
  t.is((await second.closed)?.code, 'MUSTER_NAME_TAKEN');
  t.deepEqual(cluster.running, ['logger-1', 'manager', 'worker-1', 'worker-2']);
  t.is(cluster.node('manager').nodes()['worker-1']?.id, id);

  cluster.freeze('worker-1');
  const third = await cluster.twin('worker-1');
  await cluster.advance(3_000);
  t.is(cluster.node('manager').nodes()['worker-1']?.id, third.id);
  cluster.thaw('worker-1');
  await cluster.advance(20_000);
  t.deepEqual(cluster.running, ['logger-1', 'manager', 'worker-2', 'worker-1~2']);
});

test('a node that listens has no twin: its port is taken', async (t) => {
  const cluster = await ready();
  t.is(await codeOf(cluster.twin('manager')), 'MUSTER_PORT_TAKEN');
  t.deepEqual(cluster.running, Object.keys(layout));
});

test('a process with another layout is refused by all, whose layout does not have it', async (t) => {
  const cluster = await ready();
  const stranger = { nodeType: 'worker', ip } as const;
  t.is(await codeOf(cluster.start('stranger')), 'MUSTER_NODE_UNKNOWN');
  await cluster.start('stranger', { layout: { ...layout, stranger } });
  await cluster.advance(5_000);
  t.deepEqual(upAt(cluster, 'stranger'), []);
  for (const name of Object.keys(layout)) t.false(upAt(cluster, name).includes('stranger'));
});

test('a script that throws is reported as it is by joinCluster(), and its node does not run', async (t) => {
  const setup = (node: ClusterNode) => {
    if (node.name === 'worker-2') throw new Error('no such file');
  };
  const cluster = await simulateCluster({ layout, setup, start: ['manager', 'logger-1'] });
  t.is(await codeOf(cluster.start('worker-2')), 'MUSTER_SCRIPT_FAILED');
  t.deepEqual(cluster.running, ['manager', 'logger-1']);
});

test('a slow reader and a narrow way delay what is published, and lose nothing', async (t) => {
  const sizes: number[] = [];
  const setup = (node: ClusterNode) => {
    node.on('App::data', (data: string) => sizes.push(data.length));
  };
  for (const slowDown of [
    (cluster: SimulatedCluster) => cluster.slow('manager', 10_000),
    (cluster: SimulatedCluster) => cluster.throttle('worker-1', 'manager', 10_000),
  ]) {
    const cluster = await ready({ setup });
    slowDown(cluster);
    sizes.length = 0;
    const worker = cluster.node('worker-1');
    for (let i = 0; i < 5; i++) {
      worker.publish(worker.nodeTopic('manager'), 'App::data', 'x'.repeat(10_000));
      await cluster.advance(0);
    }
    await cluster.advance(2_500);
    t.is(sizes.length, 2);
    cluster.heal();
    await cluster.advance(10_000);
    t.is(sizes.length, 5);
  }
});

test('a connection that fails is tried again for ever, retryInterval after the last attempt', async (t) => {
  const cluster = await simulateCluster({ layout, options, start: ['worker-1'] });
  const hours = 1;
  await cluster.advance(hours * 3_600_000);
  const { id } = cluster.node('worker-1');
  const times = cluster.attempts.filter((one) => one.id === id && one.to === 'manager').map(({ at }) => at);
  t.true(times.length >= hours * 3_550, `${times.length} attempts`);
  t.true(times.slice(1).every((at, i) => Math.abs(at - (times[i] as number) - options.retryInterval) < 10));
});
