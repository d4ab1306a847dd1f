/**
 * The handshake of a link: who completes it has the keys, just now and on this link; and what seals keep out.
 */
import test from 'ava';
import { createKeyPair, type KeyPair, readKeyPair } from '../../keys/key-pair.js';
import { KeyRing } from '../../keys/key-ring.js';
import { type Answer, answer, knock } from '../../keys/link-handshake.js';
import type { Seals } from '../../keys/seal.js';
import { decodeZ85, encodeZ85 } from '../../transport/z85.js';
import { Random } from '../helpers/random.js';

const link = 'a'.repeat(32);
const headroom = 17;
const [manager, worker, stranger] = [createKeyPair(), createKeyPair(), createKeyPair()];

function ringOf(own: KeyPair, peers: Record<string, KeyPair>): KeyRing {
  return new KeyRing({ own, peers: new Map(Object.entries(peers).map(([name, pair]) => [name, [pair.publicKey]])) });
}

const atManager = () => ringOf(manager, { worker });
const atWorker = () => ringOf(worker, { manager });

/** Both ends of a link whose handshake went well. */
function shakenHands(): [initiator: Seals, acceptor: Seals] {
  const knocked = knock(atWorker(), manager.publicKey, link);
  const answered = answer(atManager(), knocked.frame, link) as Answer;
  return [knocked.seals(answered.frame) as Seals, answered.seals];
}

function frameOf(text: string): Uint8Array {
  return Buffer.concat([Buffer.alloc(headroom), Buffer.from(text)]);
}

test('two nodes that have their keys agree on seals, in both directions', (t) => {
  const knocked = knock(atWorker(), manager.publicKey, link);
  const answered = answer(atManager(), knocked.frame, link) as Answer;
  t.is(answered.peer, 'worker');
  t.is(answered.key, worker.publicKey);
  const seals = knocked.seals(answered.frame) as Seals;
  for (const [out, into, hides] of [
    [seals.out, answered.seals.in, false],
    [answered.seals.out, seals.in, true],
  ] as const) {
    for (const text of ['one', '', 'three'.repeat(10_000)]) {
      const sealed = out.seal(frameOf(text), headroom);
      t.is(Buffer.from(sealed).includes(text), text === '' || !hides, 'others could read what an acceptor sends only');
      const opened = into.open(sealed, headroom) as Uint8Array;
      t.is(Buffer.from(opened).toString('utf8', headroom), text);
    }
  }
});

test('a knock is refused in words of who has no key here, of who means another, and of who has not the key he names', (t) => {
  const as = (own: KeyPair) => knock(ringOf(own, { manager }), manager.publicKey, link).frame;
  t.is(answer(atManager(), as(stranger), link), 'its key is that of no peer of this node');
  const toAnother = knock(ringOf(worker, { manager: stranger }), stranger.publicKey, link).frame;
  t.is(answer(atManager(), toAnother, link), 'worker means another key than this node has');
  const borrowed = Buffer.from(as(stranger));
  borrowed.set(decodeZ85(worker.publicKey) as Uint8Array, 2);
  t.is(answer(atManager(), borrowed, link), 'it has not the key of worker');
});

test('a knock is good for its own link only', (t) => {
  const { frame } = knock(atWorker(), manager.publicKey, link);
  t.is(answer(atManager(), frame, 'b'.repeat(32)), 'it has not the key of worker');
});

test('no byte of a knock can be another', (t) => {
  const { frame } = knock(atWorker(), manager.publicKey, link);
  for (let at = 0; at < frame.length; at++) {
    const changed = Buffer.from(frame);
    changed[at] = (changed[at] as number) ^ 0x10;
    t.is(typeof answer(atManager(), changed, link), 'string', `byte ${at}`);
  }
  for (const size of [0, 1, 2, frame.length - 1])
    t.is(typeof answer(atManager(), frame.subarray(0, size), link), 'string');
  t.is(typeof answer(atManager(), Buffer.concat([frame, Buffer.of(0)]), link), 'string');
});

test('no byte of a challenge can be another, and that of another knock is none', (t) => {
  const knocked = knock(atWorker(), manager.publicKey, link);
  const { frame } = answer(atManager(), knocked.frame, link) as Answer;
  for (let at = 0; at < frame.length; at++) {
    // The highest bit of a key stands for nothing.
    const changed = Buffer.from(frame);
    changed[at] = (changed[at] as number) ^ 0x10;
    t.is(knocked.seals(changed), undefined, `byte ${at}`);
  }
  t.is(knock(atWorker(), manager.publicKey, link).seals(frame), undefined);
});

test('who replays a knock gets a challenge that is of no use to him', (t) => {
  const { frame } = knock(atWorker(), manager.publicKey, link);
  const [first, second] = [answer(atManager(), frame, link), answer(atManager(), frame, link)] as [Answer, Answer];
  const sealed = first.seals.out.seal(frameOf('for the first'), headroom);
  t.is(second.seals.in.open(sealed, headroom), undefined);
});

test('keys that lead to a secret that everybody knows are refused', (t) => {
  const knocked = knock(atWorker(), manager.publicKey, link);
  const zero = Buffer.alloc(1 + 32 + 16, 0);
  zero[0] = 0x02;
  t.is(knocked.seals(zero), undefined);
});

test('a sealed frame opens once, in its turn, on its link; nothing else opens, and nothing that was changed', (t) => {
  const random = new Random(20261122);
  for (const [sender, receiver] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const ends = shakenHands();
    const [from, to, stranger] = [ends[sender], ends[receiver], shakenHands()[sender]];
    const open = (sealed: Uint8Array) => to.in.open(sealed, headroom);
    const seal = (by: Seals, text: string) => by.out.seal(frameOf(text), headroom);
    const [first, second] = [seal(from, 'first'), seal(from, 'second')];
    t.is(open(second), undefined, 'before its turn');
    t.is(open(seal(stranger, 'first')), undefined, 'of another link');
    t.is(open(seal(to, 'first')), undefined, 'of the other direction');
    for (let size = 0; size < first.length; size++) t.is(open(first.subarray(0, size)), undefined);
    for (let i = 0; i < 2_000; i++) {
      const changed = Buffer.from(first);
      const at = headroom + random.int(0, first.length - headroom);
      changed[at] = (changed[at] as number) ^ (1 << random.int(0, 8));
      t.is(open(changed), undefined);
    }
    t.truthy(open(first));
    t.is(open(first), undefined, 'again');
    t.truthy(open(second));
  }
});

test('what a frame had before its content does not travel', (t) => {
  const [initiator, acceptor] = shakenHands();
  const frame = Buffer.concat([Buffer.alloc(headroom, 0x55), Buffer.from('content')]);
  const opened = acceptor.in.open(initiator.out.seal(frame, headroom), headroom) as Uint8Array;
  t.deepEqual([...opened.subarray(0, headroom)], Array(headroom).fill(0));
});

test('the frames are, byte for byte, those of PROTOCOL.md', (t) => {
  const pair = (digit: string) => readKeyPair(encodeZ85(Buffer.from(digit.repeat(64), 'hex'))) as KeyPair;
  const [i, a, x, y] = ['1', '2', '3', '4'].map(pair) as [KeyPair, KeyPair, KeyPair, KeyPair];
  const knocked = knock(ringOf(i, { manager: a }), a.publicKey, link, x);
  const answered = answer(ringOf(a, { worker: i }), knocked.frame, link, y) as Answer;
  const seals = knocked.seals(answered.frame) as Seals;
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  t.snapshot({
    knock: hex(knocked.frame),
    challenge: hex(answered.frame),
    first: hex(seals.out.seal(frameOf('first'), headroom).subarray(headroom)),
    second: hex(seals.out.seal(frameOf('second'), headroom).subarray(headroom)),
    back: hex(answered.seals.out.seal(frameOf('back'), headroom).subarray(headroom)),
  });
});

test('Z85 is as ZeroMQ writes it', (t) => {
  const bytes = Buffer.from('864fd26fb559f75b', 'hex');
  t.is(encodeZ85(bytes), 'HelloWorld'); // the example of RFC 32
  t.deepEqual(Buffer.from(decodeZ85('HelloWorld') as Uint8Array), bytes);
  for (const wrong of ['Hello Worl', 'HelloWorl', '#####', '"aaaa']) t.is(decodeZ85(wrong), undefined, wrong);
});
