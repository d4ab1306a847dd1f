/**
 * Hostile peers: whatever they say to the port of a node, good peers do not notice, and the node says in words, and in
 * few lines, what it was. Ten thousand of them in all.
 */
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { bye, event, events, hello } from '../helpers/hostile-peer.js';
import { sniffTopic } from '../helpers/hostile-sniffer.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { factsOf } from '../helpers/test-cluster.js';
import { accepted, badBeginnings, badHandshakes, badPeers, forgedEvents } from './hostile-frames.js';
import { Siege } from './siege.js';

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
  await siege.attack(badBeginnings, 150);
  await siege.end({ maxLines: 120, counts: badBeginnings, rounds: 150 });
});

test('peers that break the protocol lose their link, are told in words and counted, and disturb nobody', async (t) => {
  const siege = await Siege.start(t);
  const attacks = [...badHandshakes, ...badPeers];
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

/** Does `deed` `count` times, some at once. */
async function often(count: number, deed: () => Promise<unknown>): Promise<void> {
  for (let begun = 0; begun < count; begun += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - begun) }, deed));
  }
}
