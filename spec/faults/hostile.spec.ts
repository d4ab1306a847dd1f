/**
 * Hostile peers: whatever they say to the port of a node, good peers do not notice, and the node says in words, and in
 * few lines, what it was. Ten thousand of them in all.
 */
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { HostileHost } from '../helpers/hostile-host.js';
import { accept, bye, chunk, event, events, HostilePeer, hello } from '../helpers/hostile-peer.js';
import { sniffTopic } from '../helpers/hostile-sniffer.js';
import { NodeProcess } from '../helpers/node-process.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';
import {
  after,
  badFrames,
  earlyFrames,
  forgedEvents,
  malformedHellos,
  notHellos,
  rightHello,
  wrongHellos,
} from './hostile-frames.js';
import { checkNumbers, LocalMember, times } from './members.js';
import { Siege } from './siege.js';

/** A node of the layout that does not run, so that anybody can use its name. */
const guise = { from: 'worker-2', to: 'manager', nodeType: 'worker' };
const accepted = (number: number) => [rightHello(guise, number), accept];

test('strangers who do not even speak the protocol are told in words, and disturb nobody', async (t) => {
  const siege = await Siege.start(t);
  const at = { ip: '127.0.0.1', port: siege.port };
  await often(200, async () => (await RawPeer.open(at)).end());
  await often(100, async () => (await RawPeer.open(at)).end('rudely'));
  await often(300, async () => {
    const stranger = await RawPeer.open(at);
    stranger.write(randomBytes(300));
    await stranger.end();
  });
  await often(100, async () => {
    const stranger = await RawPeer.open(at);
    stranger.write(Buffer.from('GET / HTTP/1.1\r\nHost: muster\r\n\r\n'));
    await stranger.end();
  });
  for (const type of ['DEALER', 'REQ', 'PUSH', 'PUB']) {
    await often(50, async () => (await RawPeer.greet(at, type)).end());
  }
  await often(300, async () => {
    const stranger = await RawPeer.greet(at);
    stranger.send(randomBytes(20), randomBytes(40));
    stranger.send(Buffer.alloc(0));
    stranger.send(Buffer.concat([Buffer.of(1), randomBytes(17)]));
    stranger.send(Buffer.concat([Buffer.of(0), randomBytes(17)]));
    stranger.sendDangling(randomBytes(100));
    await stranger.end();
  });
  await often(20, async () => {
    const stranger = await RawPeer.greet(at);
    stranger.send(Buffer.alloc(100_000, 2)); // longer than any frame, so the connection ends
    await stranger.ended;
  });
  await siege.told(
    'a message that is no frame of a link',
    'a subscription to something else than a link of its own',
    'a connection without a handshake: the other side closed the connection',
  );
  await siege.end({ maxLines: 100 });
});

test('links that begin with anything but a good hello are refused in words and counted, and disturb nobody', async (t) => {
  const siege = await Siege.start(t);
  const session = { id: siege.manager.id, received: 1_000_000, oldest: 1, assigned: 0, lost: 0 };
  const attacks = [
    ...notHellos,
    ...malformedHellos(guise),
    ...wrongHellos(guise),
    { words: 'hello frame of 17 bytes', frames: () => [Buffer.alloc(0)] },
    { words: 'it says it received event', frames: () => [hello({ ...guise, id: 'hostile', session })] },
  ];
  await siege.attack(attacks, 150);
  await siege.end({ maxLines: 120, counts: attacks, rounds: 150 });
});

test('peers that break the protocol lose their link, are told in words and counted, and disturb nobody', async (t) => {
  const siege = await Siege.start(t);
  const attacks = [...after((i) => [rightHello(guise, i)], earlyFrames), ...after(accepted, badFrames)];
  await siege.attack(attacks, 60);
  await siege.end({ maxLines: 120, counts: attacks, rounds: 60 });
});

test('events of the framework that a peer makes up are dropped and counted', async (t) => {
  const siege = await Siege.start(t);
  const { managerTopic } = siege.members[1].node.options;
  const bodies = forgedEvents.map(([name, ...args]) => event(managerTopic, name, ...args));
  const lie = {
    frames: (i: number) => [...accepted(10 * i), events(1, bodies.length, ...bodies), bye(bodies.length)],
    words: '',
  };
  await siege.attack([lie], 40);
  const counts = forgedEvents.map(([name]) => ({ ...lie, words: `dropped an event ${name} from worker-2` }));
  await siege.end({ maxLines: 60, counts, rounds: 40 });
  const { facts } = siege.manager;
  t.false(facts.some((fact) => JSON.stringify(fact).includes('forged')));
  t.deepEqual(factsOf(facts, 'cluster_started'), []);
});

test('who says hello under a name that is up is refused, as often as that is tried', async (t) => {
  const siege = await Siege.start(t);
  const from = { from: 'worker-1', to: 'manager', nodeType: 'worker' };
  const twin = {
    frames: (i: number) => [hello({ ...from, id: `worker-1_twin${i}` })],
    words: 'the name worker-1 is taken by a node that is up',
  };
  await siege.attack([twin], 500);
  await siege.end({ maxLines: 30, counts: [twin], rounds: 500 });
});

test('a forged unsubscription from the link of another makes nobody lose it', async (t) => {
  const siege = await Siege.start(t);
  const topic = await sniffTopic(t, siege.port);
  for (let round = 0; round < 10; round++) {
    await siege.forgeUnsubscriptions(topic, 20);
    await siege.flowing();
  }
  await siege.end({ maxLines: 30 });
});

test('events that are said again, on the same link or another, are taken once', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-2']);
  const manager = await LocalMember.start(cluster, 'manager', []);
  const taken: number[] = [];
  manager.node.on('Hostile::event', (number: number) => {
    taken.push(number);
    cluster.changed();
  });
  const hostile = await HostilePeer.open(cluster.layout.manager?.port as number);
  const body = (number: number) => event(manager.node.options.managerTopic, 'Hostile::event', number);
  const numbered = (first: number, last: number) =>
    events(first, last - first + 1, ...Array.from({ length: last - first + 1 }, (_, i) => body(first + i)));
  const large = body(7);
  hostile.say(...accepted(0), numbered(1, 3), numbered(1, 3), numbered(2, 5), numbered(4, 4));
  hostile.say(
    ...accepted(0),
    numbered(1, 6),
    chunk(7, 0, large.length, large.subarray(0, 9)),
    numbered(3, 6),
    chunk(7, 9, large.length, large.subarray(9)),
    chunk(7, 0, large.length, large),
    numbered(7, 8),
  );
  await cluster.until(() => taken.at(-1) === 8);
  t.deepEqual(taken, [1, 2, 3, 4, 5, 6, 7, 8]);
  t.is(factsOf(manager.facts, 'node_down').length, 1); // the second link took the place of the first
});

test('who sends more than the credit granted, while nothing of it is handled, loses its link', async (t) => {
  const cluster = await TestCluster.create(t, ['manager', 'worker-1', 'worker-2']);
  const manager = await LocalMember.start(cluster, 'manager', ['worker-1']);
  const worker = await LocalMember.start(cluster, 'worker-1', ['manager']);
  await manager.counting.received(worker.id, 100);
  let handled = 0;
  manager.node.on('Hostile::event', () => {
    handled += 1;
    return new Promise(() => {}); // returns no credit
  });
  const hostile = await HostilePeer.open(cluster.layout.manager?.port as number);
  const body = event(manager.node.options.managerTopic, 'Hostile::event', 'x'.repeat(60_000));
  hostile.say(...accepted(0), ...Array.from({ length: 100 }, (_, i) => events(i + 1, 1, body)));
  await cluster.until(() => factsOf(manager.facts, 'node_down').length === 1);
  t.is(handled, Math.floor(manager.node.options.creditWindow / events(1, 1, body).length));
  t.deepEqual([times(manager, 'node_up', worker.id), times(manager, 'node_down', worker.id)], [1, 0]);
  await checkNumbers(t, [manager, worker]);
});

test('an impostor in the place of a manager gets nowhere, and the manager is found once it is there', async (t) => {
  const cluster = await TestCluster.create(t, ['logger-1', 'manager', 'worker-1']);
  const logger = await LocalMember.start(cluster, 'logger-1', ['worker-1']);
  const from = { from: 'manager', to: 'worker-1', nodeType: 'manager' };
  const attacks = [
    ...notHellos,
    ...malformedHellos(from),
    ...wrongHellos(from),
    ...after((i) => [rightHello(from, i)], badFrames),
  ];
  const impostor = await HostileHost.open(t, cluster.layout.manager?.port as number, () => cluster.changed());
  for (let round = 0; round < 3; round++) for (const { frames } of attacks) impostor.answers.push(frames(round));
  const options = { retryInterval: 1 };
  const worker = await NodeProcess.start(t, cluster, 'worker-1', { flows: ['logger-1', 'manager'], options });
  await cluster.until(() => impostor.answers.length === 0);
  await impostor.close();

  const manager = await LocalMember.start(cluster, 'manager', ['worker-1']);
  await manager.counting.received(worker.id, 100);
  await logger.counting.received(worker.id, 100);
  // What the worker published while it took the impostor for its manager is lost, and told so.
  await checkNumbers(t, [logger, worker], (id) => id !== logger.id && id !== manager.id);
  t.is(times(worker, 'node_down', logger.id), 0);
  await worker.do('leave');
  t.deepEqual(await worker.exited, { code: 0, signal: null });
  const lines = worker.stderr.split('\n');
  t.true(lines.length < 150, `${lines.length} lines`);
  for (const { words } of [...malformedHellos(from), ...badFrames]) {
    t.true(
      lines.some((line) => line.includes('manager breaks the protocol: ') && line.includes(words)),
      words,
    );
  }
});

/** Does `deed` `count` times, some at once. */
async function often(count: number, deed: () => Promise<unknown>): Promise<void> {
  for (let begun = 0; begun < count; begun += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - begun) }, deed));
  }
}
