/**
 * Hostile peers: whatever they say to the port of a node, good peers do not notice, and the node says in words, and in
 * few lines, what it was. Thousands of them in all; `hostile.long.ts` has all ten thousand.
 */
import test from 'ava';
import { HostileHost } from '../helpers/hostile-host.js';
import { chunk, event, events, HostilePeer } from '../helpers/hostile-peer.js';
import { sniffTopic } from '../helpers/hostile-sniffer.js';
import { NodeProcess } from '../helpers/node-process.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';
import { accepted, testFloods } from './hostile-floods.js';
import { after, badFrames, malformedHellos, notHellos, rightHello, wrongHellos } from './hostile-frames.js';
import { checkNumbers, LocalMember, times } from './members.js';
import { Siege } from './siege.js';

testFloods(test, 0.2);

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
  const answers = [0, 1, 2].flatMap((round) => attacks.map(({ frames }) => frames(round)));
  const impostor = await HostileHost.open(t, cluster.layout.manager?.port as number, (caller) => {
    for (const payload of answers.shift() ?? []) caller.send(payload);
    cluster.changed();
  });
  const options = { retryInterval: 1 };
  const worker = await NodeProcess.start(t, cluster, 'worker-1', { flows: ['logger-1', 'manager'], options });
  await cluster.until(() => answers.length === 0);
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
