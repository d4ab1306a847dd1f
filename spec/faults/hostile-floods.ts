/**
 * Floods of hostile peers: strangers, and those who know the layout, ten thousand of them in all. Whatever they say to the
 * port of a node, good peers do not notice, and the node says in words, and in few lines, what it was.
 */
import { randomBytes } from 'node:crypto';
import type { TestFn } from 'ava';
import { accept, bye, event, events, hello } from '../helpers/hostile-peer.js';
import { RawPeer } from '../helpers/raw-peer.js';
import { factsOf } from '../helpers/test-cluster.js';
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
import { Siege } from './siege.js';

/** A node of the layout that does not run, so that anybody can use its name. */
export const guise = { from: 'worker-2', to: 'manager', nodeType: 'worker' };
export const accepted = (number: number) => [rightHello(guise, number), accept];

/** @param share - Of the ten thousand: 1 for all. Counts are multiples of 10. */
export function testFloods(test: TestFn, share: number): void {
  test('strangers who do not even speak the protocol are told in words, and disturb nobody', async (t) => {
    const siege = await Siege.start(t);
    const at = { ip: '127.0.0.1', port: siege.port };
    await often(share * 200, async () => (await RawPeer.open(at)).end());
    await often(share * 100, async () => (await RawPeer.open(at)).end('rudely'));
    await often(share * 300, async () => {
      const stranger = await RawPeer.open(at);
      stranger.write(randomBytes(300));
      await stranger.end();
    });
    await often(share * 100, async () => {
      const stranger = await RawPeer.open(at);
      stranger.write(Buffer.from('GET / HTTP/1.1\r\nHost: muster\r\n\r\n'));
      await stranger.end();
    });
    for (const type of ['DEALER', 'REQ', 'PUSH', 'PUB']) {
      await often(share * 50, async () => (await RawPeer.greet(at, type)).end());
    }
    await often(share * 300, async () => {
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
    await siege.attack(attacks, share * 150);
    await siege.end({ maxLines: 120, counts: attacks, rounds: share * 150 });
  });

  test('peers that break the protocol lose their link, are told in words and counted, and disturb nobody', async (t) => {
    const siege = await Siege.start(t);
    const attacks = [...after((i) => [rightHello(guise, i)], earlyFrames), ...after(accepted, badFrames)];
    await siege.attack(attacks, share * 60);
    await siege.end({ maxLines: 120, counts: attacks, rounds: share * 60 });
  });

  test('events of the framework that a peer makes up are dropped and counted', async (t) => {
    const siege = await Siege.start(t);
    const { managerTopic } = siege.members[1].node.options;
    const bodies = forgedEvents.map(([name, ...args]) => event(managerTopic, name, ...args));
    const lie = {
      frames: (i: number) => [...accepted(10 * i), events(1, bodies.length, ...bodies), bye(bodies.length)],
      words: '',
    };
    await siege.attack([lie], share * 40);
    const counts = forgedEvents.map(([name]) => ({ ...lie, words: `dropped an event ${name} from worker-2` }));
    await siege.end({ maxLines: 60, counts, rounds: share * 40 });
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
    await siege.attack([twin], share * 500);
    await siege.end({ maxLines: 30, counts: [twin], rounds: share * 500 });
  });
}

/** Does `deed` `count` times, some at once. */
async function often(count: number, deed: () => Promise<unknown>): Promise<void> {
  for (let begun = 0; begun < count; begun += 50) {
    await Promise.all(Array.from({ length: Math.min(50, count - begun) }, deed));
  }
}
