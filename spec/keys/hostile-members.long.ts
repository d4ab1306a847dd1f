/**
 * Floods at a node with keys, and what it takes of memory to stand them, while it exchanges numbers with two good peers.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { KeyRing } from '../../keys/key-ring.js';
import { knock } from '../../keys/link-handshake.js';
import { inMiB } from '../faults/memory.js';
import { guises, Siege } from '../faults/siege.js';
import { curveOf, HostileMember } from '../helpers/hostile-member.js';
import { SealedMember } from '../helpers/sealed-member.js';
import { knockAbout, listenIn, wordsForStrangers } from './strangers.js';

const [name] = guises;
/** Of garbage that waits to be collected, nearly all of it. */
const allowance = 64 * 2 ** 20;

async function besieged(
  t: ExecutionContext,
  siege: Siege,
  maxLines: number,
  attack: () => Promise<void>,
): Promise<void> {
  const { before } = await siege.manager.do('memory');
  await attack();
  await siege.flowing();
  const { peak } = await siege.manager.do('memory');
  t.log(`grown from ${inMiB(before)} by ${inMiB(peak - before)}`);
  t.true(peak - before < allowance, `grown by ${inMiB(peak - before)}`);
  await siege.end({ maxLines });
}

test('3,000 strangers get nothing, and take no memory', async (t) => {
  const siege = await Siege.start(t, { secured: true });
  await besieged(t, siege, 400, async () => {
    const strangers = listenIn(t, siege);
    await knockAbout(siege, 1_000);
    await siege.told(...wordsForStrangers);
    for (const { parts } of strangers) t.is(parts.length, 0);
  });
});

test('500 connections that say nothing are given up in time', async (t) => {
  const siege = await Siege.start(t, { secured: true });
  await besieged(t, siege, 200, async () => {
    const silent = Array.from({ length: 500 }, () => connect(siege.port, '127.0.0.1'));
    t.teardown(() => silent.forEach((socket) => void socket.destroy()));
    const closed = silent.map((socket) => {
      socket.on('error', () => {}).resume();
      return new Promise((resolve) => socket.once('close', resolve));
    });
    await Promise.all(closed);
  });
});

test('a member who begins links without end is refused beyond a number', async (t) => {
  const siege = await Siege.start(t, { secured: true, options: { maxHelloRate: 5 } });
  const { own, theirs } = siege.curveAs(name);
  const ring = new KeyRing({ own, peers: new Map([['manager', [theirs]]]) });
  const member = HostileMember.open(t, siege.port, curveOf(own, theirs));
  await besieged(t, siege, 200, async () => {
    for (let i = 0; i < 5_000; i++) {
      const topic = Buffer.concat([Buffer.of(2), randomBytes(16)]);
      await member.send(Buffer.concat([topic, knock(ring, theirs, topic.toString('hex', 1)).frame]));
    }
    await siege.told(`refused a link of ${name}: it begins more than 5 a second (maxHelloRate)`);
  });
});

test('a member whose messages are no frames, or too long, disturbs nobody', async (t) => {
  const siege = await Siege.start(t, { secured: true });
  const { own, theirs } = siege.curveAs(name);
  const member = HostileMember.open(t, siege.port, curveOf(own, theirs));
  await besieged(t, siege, 400, async () => {
    for (let i = 0; i < 20_000; i++) {
      await member.send(Buffer.concat([Buffer.of(i % 4), randomBytes(i % 40)]));
    }
    await siege.told('a message that is no frame of a link');
    // The connection ends, and libzmq makes another.
    for (let i = 0; i < 20; i++) await member.send(Buffer.alloc(100_000, 2));
    const late = await SealedMember.open(t, siege.port, own, theirs);
    await late.begin().sealed;
  });
});

test('who comes while the node is stuck is let in afterwards, and nobody who is in is lost', async (t) => {
  const siege = await Siege.start(t, { secured: true });
  const { own, theirs } = siege.curveAs(name);
  await besieged(t, siege, 200, async () => {
    await siege.manager.do('block', 2_000);
    const member = await SealedMember.open(t, siege.port, own, theirs);
    await member.begin().sealed;
  });
});
