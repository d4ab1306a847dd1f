import test from 'ava';
import fc from 'fast-check';
import { Outbox } from '../../transport/channel/outbox.js';
import { encodeEvent } from '../../transport/codec.js';
import { type Hello, readNumber, writeNumber } from '../../transport/frames/frames.js';
import {
  readAck,
  readBye,
  readGap,
  readHello,
  readNonce,
  readReject,
  readSubscription,
} from '../../transport/frames/reader.js';
import { FrameWriter } from '../../transport/frames/writer.js';

const write = new FrameWriter(0);
const hex = (frame: Uint8Array) => Buffer.from(frame).toString('hex');
const invalid = { code: 'MUSTER_FRAME_INVALID' };

const hello: Hello = {
  cluster: 'muster',
  from: 'worker-1',
  to: 'manager',
  id: 'worker-1_00',
  nodeType: 'worker',
  subscriptions: ['zeek/cluster/worker'],
  revision: 5,
  credit: 1_048_576,
  clusterStarted: false,
  session: { id: 'manager_00', received: 1, oldest: 2, assigned: 3, lost: 0 },
};

/** Sends two events and one of 70,000 bytes through an outbox, and records the frames. */
function eventFrames(): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const outbox = new Outbox({ headroom: 0, maxFrameSize: 65_792, maxEvents: 1_000, maxBytes: 1_000_000 });
  outbox.append(encodeEvent('t', 'App::event', [1, 'a']));
  outbox.append(encodeEvent('t', 'App::event', [2, 'b']));
  outbox.append(encodeEvent('t', 'App::event', [new Uint8Array(70_000)]));
  const stamp = (frame: Uint8Array, at: number) => {
    writeNumber(frame, at, 9);
    writeNumber(frame, at + 8, 1_000);
    frames.push(frame);
  };
  outbox.attach({ send: stamp, sendGap: () => {} }, 1_000_000, 0);
  return frames;
}

test('the frames are, byte for byte, those of PROTOCOL.md', (t) => {
  const [events, first, second] = eventFrames().map(hex) as [string, string, string];
  t.snapshot({
    hello: hex(write.hello(hello)),
    accept: hex(write.accept()),
    reject: hex(write.reject({ code: 'refused', reason: 'no' })),
    subscribe: hex(write.subscribe('app/', 6)),
    unsubscribe: hex(write.unsubscribe('app/', 7)),
    gap: hex(write.gap({ first: 4, last: 2 ** 32 + 5, reason: 'resume interval over' })),
    ack: hex(write.ack({ sequence: 2 ** 53 - 1, credit: 65_536, revision: 7 })),
    ping: hex(write.ping(1)),
    pong: hex(write.pong(0xffff_ffff)),
    bye: hex(write.bye({ last: 12, unacknowledged: 3 })),
    events,
    'first chunk, its first 60 bytes': first.slice(0, 120),
    'second chunk, its first 60 bytes': second.slice(0, 120),
  });
});

test('what is written is read back', (t) => {
  t.deepEqual(readHello(write.hello(hello), 0), hello);
  t.deepEqual(readReject(write.reject({ code: 'name-taken', reason: 'ä' }), 0), { code: 'name-taken', reason: 'ä' });
  t.deepEqual(readSubscription(write.subscribe('app/', 6), 0), { prefix: 'app/', revision: 6 });
  t.deepEqual(readGap(write.gap({ first: 1, last: 2, reason: 'peer left' }), 0), {
    first: 1,
    last: 2,
    reason: 'peer left',
  });
  const ack = { sequence: 2 ** 53 - 1, credit: 2 ** 40, revision: 2 ** 32 - 1 };
  t.deepEqual(readAck(write.ack(ack), 0), ack);
  t.is(readNonce(write.ping(7), 0), 7);
  t.deepEqual(readBye(write.bye({ last: 2 ** 33, unacknowledged: 2 }), 0), { last: 2 ** 33, unacknowledged: 2 });
});

test('numbers keep 53 bits', (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (n) => {
      const frame = new Uint8Array(9);
      writeNumber(frame, 1, n);
      return readNumber(frame, 1) === n;
    }),
  );
  t.throws(() => readNumber(Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 0), 0), invalid);
});

test('a hello with a field missing, of another type or out of bounds is refused in words', (t) => {
  const wrong: readonly [RegExp, object][] = [
    [/from is no string/, { ...hello, from: 1 }],
    [/nodeType is no string/, { ...hello, nodeType: null }],
    [/revision is no count/, { ...hello, revision: -1 }],
    [/credit is no count/, { ...hello, credit: 2 ** 60 }],
    [/credit is no count/, { ...hello, credit: 1n }],
    [/subscriptions is no list/, { ...hello, subscriptions: 'all' }],
    [/subscriptions is no list/, { ...hello, subscriptions: [1] }],
    [/subscriptions of more than/, { ...hello, subscriptions: Array.from({ length: 40 }, () => 'x'.repeat(1_000)) }],
    [/clusterStarted is no boolean/, { ...hello, clusterStarted: 1 }],
    [/session is no map/, { ...hello, session: null }],
    [/session: received is no count/, { ...hello, session: { ...hello.session, received: 0.5 } }],
    [/no map of fields/, [hello]],
  ];
  for (const [words, value] of wrong) {
    t.throws(() => readHello(write.hello(value as Hello), 0), { ...invalid, message: words });
  }
  const otherVersion = write.hello(hello);
  otherVersion[1] = 9;
  t.throws(() => readHello(otherVersion, 0), { ...invalid, message: /protocol version 9, this node speaks 1/ });
});

test('whatever bytes come, the readers say a frame or MUSTER_FRAME_INVALID', (t) => {
  const readers = [readHello, readReject, readSubscription, readGap, readAck, readNonce, readBye];
  const frames = [
    write.hello(hello),
    write.reject({ code: 'refused', reason: 'x' }),
    write.subscribe('a', 1),
    write.bye({ last: 1, unacknowledged: 0 }),
  ];
  const mutated = fc
    .tuple(fc.constantFrom(...frames), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }), fc.nat())
    .map(([frame, changes, cut]) => {
      const copy = Uint8Array.from(frame);
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy.subarray(0, cut % (copy.length + 1));
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), (frame) => {
      for (const read of readers) {
        try {
          read(frame, 0);
        } catch (error) {
          if ((error as { code?: string }).code !== 'MUSTER_FRAME_INVALID') throw error;
        }
      }
    }),
    { numRuns: 5_000 },
  );
  t.pass();
});
