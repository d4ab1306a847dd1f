/**
 * Hostile peers at a node with keys, while it exchanges numbers with two good ones: strangers, of whom none gets in, and a
 * member who has a key of his own and is after the links of others. `hostile-members.long.ts` has floods of them.
 */
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { createKeyPair } from '../../keys/key-pair.js';
import { KeyRing } from '../../keys/key-ring.js';
import { knock } from '../../keys/link-handshake.js';
import { frameCode } from '../../transport/frames/frames.js';
import type { ConnectHandlers } from '../../transport/transport.js';
import { decodeZ85 } from '../../transport/z85.js';
import { badFrames } from '../faults/hostile-frames.js';
import { guises, Siege } from '../faults/siege.js';
import { curveOf, HostileMember } from '../helpers/hostile-member.js';
import { accept, bye, hello } from '../helpers/hostile-peer.js';
import { SealedMember } from '../helpers/sealed-member.js';
import { secured, zeromq } from '../helpers/secured-pair.js';
import { knockAbout, listenIn, wordsForStrangers } from './strangers.js';

const [name] = guises;
const guise = { from: name, to: 'manager', nodeType: 'worker' };

test('strangers get nothing of what nodes say, whatever key they have or have not, and both ends are told why', async (t) => {
  const siege = await Siege.start(t, { secured: true });
  const { own, theirs } = siege.curveAs(name);
  const strangers = listenIn(t, siege);
  await knockAbout(siege, 20);
  // Nodes of their own, with the wrong key at either end.
  for (const [pair, expected, words] of [
    [createKeyPair(), theirs, /no handshake with 127\.0\.0\.1:\d+: the key of who connects is not admitted/],
    [own, createKeyPair().publicKey, /no handshake with|ended the connection without a handshake/],
  ] as const) {
    const transport = secured(zeromq(), pair, { manager: [expected] });
    t.teardown(() => transport.close());
    const reason = await new Promise<string>((resolve) => {
      const handlers: ConnectHandlers = { open: () => {}, frame: () => {}, hint: () => {}, lost: resolve };
      transport.connect({ ip: '127.0.0.1', port: siege.port }, handlers, 'manager');
    });
    t.regex(reason, words);
  }
  await siege.told(...wordsForStrangers);
  await siege.flowing();
  for (const { parts } of strangers) t.is(parts.length, 0);
  await siege.end({ maxLines: 200 }); // some of them once a second
});

test('a member can neither read what is said to others, nor write on their links, nor end them', async (t) => {
  const siege = await Siege.start(t, { secured: true });
  const { own, theirs } = siege.curveAs(name);
  const member = HostileMember.open(t, siege.port, curveOf(own, theirs));
  await member.sniff(200);
  const { topics, parts } = member;
  const all = Buffer.concat(parts).toString('latin1');
  t.true(all.length > 10_000);
  for (const words of ['Counting', 'zeek/cluster', 'worker', 'manager', 'number']) t.false(all.includes(words), words);

  t.true(topics.length >= 1);
  const forged = [
    hello({ from: 'worker-1', to: 'manager', nodeType: 'worker', id: 'worker-1_forged' }),
    accept,
    bye(0),
    Buffer.of(frameCode.reject, 0x80),
    randomBytes(200),
    Buffer.of(),
    Buffer.of(0x03, 0x20),
    ...badFrames.flatMap(({ frames }) => frames(0)),
  ];
  for (let round = 0; round < 3; round++) {
    for (const topic of topics) {
      for (const payload of forged) await member.send(Buffer.concat([topic, payload]));
      await member.send(Buffer.concat([Buffer.of(0), topic])); // says that its owner has unsubscribed
    }
    for (const part of parts) await member.send(part); // what the manager said, to the manager
    await siege.flowing();
  }
  await siege.told('dropped a frame on a link of worker-1 that somebody else has sent');
  await siege.end({ maxLines: 40 });
});

test('a member is nobody but himself, and what he says on his own links ends those only: in words at both ends', async (t) => {
  const siege = await Siege.start(t, { secured: true });
  const { own, theirs } = siege.curveAs(name);
  const member = await SealedMember.open(t, siege.port, own, theirs);
  const said = async (...payloads: Uint8Array[]) => {
    const link = member.begin();
    await link.sealed;
    link.say(...payloads);
    return (await link.ended).reason;
  };
  t.is(
    await said(hello({ ...guise, from: 'worker-1', id: 'worker-1_b' })),
    `${name} says that it is worker-1: it has not the key for that`,
  );
  for (const [i, { words, frames }] of badFrames.entries()) {
    const reason = await said(hello({ ...guise, id: `${name}_${i}` }), accept, ...frames(i));
    t.true(reason.includes(words), `${reason}, not ${words}`);
  }

  // A knock with the public key of another.
  const borrowed = member.begin((frame) => {
    const other = Buffer.from(frame);
    other.set(decodeZ85(siege.pairs['worker-1']?.publicKey ?? '') as Uint8Array, 2);
    return other;
  });
  t.is((await borrowed.ended).reason, 'a link: it has not the key of worker-1');
  // A hello without any knock.
  const bare = member.begin(() => hello({ ...guise, id: `${name}_b` }));
  t.is((await bare.ended).reason, 'a link: it does not begin with a proof of its key');
  // A knock, again and again: all but the first are frames that are not sealed.
  const again = HostileMember.open(t, siege.port, curveOf(own, theirs));
  const topic = Buffer.concat([Buffer.of(2), randomBytes(16)]);
  const ring = new KeyRing({ own, peers: new Map([['manager', [theirs]]]) });
  const right = knock(ring, theirs, topic.toString('hex', 1)).frame;
  for (let i = 0; i < 3; i++) await again.send(Buffer.concat([topic, right]));
  await siege.told(
    `refused a hello: ${name} says that it is worker-1: it has not the key for that`,
    'refused a link: it has not the key of worker-1',
    'refused a link: it does not begin with a proof of its key',
    `dropped a frame on a link of ${name} that somebody else has sent`,
  );
  await siege.end({ maxLines: 250, counts: badFrames, rounds: 1 });
});
