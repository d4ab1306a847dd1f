import test from 'ava';
import fc from 'fast-check';
import { Channel } from '../../transport/channel/channel.js';
import { encodeEvent } from '../../transport/codec.js';
import { frameCode, readNumber, type Session, writeNumber } from '../../transport/frames/frames.js';
import { createFakeRuntime, type FakeRuntime } from '../helpers/fake-runtime.js';

const headroom = 3;
const maxFrameSize = 1_000;
const window = 4_000;

/** One end of a peering, with what it delivered and what it was told is lost. */
class End {
  readonly channel: Channel;
  readonly delivered: number[] = [];
  readonly losses: [count: number, reason: string][] = [];
  onDelivery: ((n: number) => void) | undefined;
  /** Frames on their way to the other end. */
  readonly wire: Uint8Array[] = [];
  /** Frames that were sent and that the other end did not take, as they are and as they were. */
  readonly untaken = new Map<Uint8Array, Uint8Array>();
  published = 0;
  /** Handlers that are not done; credit returns when they are. */
  readonly unfinished: (() => void)[] = [];
  isSlow = false;

  constructor(runtime: FakeRuntime, bounds: { maxEvents?: number; maxBytes?: number } = {}) {
    this.channel = new Channel({
      runtime,
      headroom,
      maxFrameSize,
      window,
      maxEventSize: 100_000,
      maxEvents: bounds.maxEvents ?? 100_000,
      maxBytes: bounds.maxBytes ?? 10_000_000,
      deliver: (_topic, _name, [n]) => {
        this.delivered.push(n as number);
        this.onDelivery?.(n as number);
        return this.isSlow ? new Promise<void>((resolve) => this.unfinished.push(resolve)) : undefined;
      },
      lost: (count, reason) => this.losses.push([count, reason]),
    });
  }

  /** For this peer alone, every other time; or as for several. */
  publish(size = 10): void {
    this.published += 1;
    const { outbox } = this.channel;
    const args = [this.published, new Uint8Array(size)];
    if (this.published % 2 === 0) outbox.encode('topic', 'App::event', args, 100_000);
    else outbox.append(encodeEvent('topic', 'App::event', args));
  }

  attach(theirs: Session | undefined): void {
    this.wire.length = 0;
    const send = (frame: Uint8Array) => {
      this.wire.push(frame);
      this.untaken.set(frame, Uint8Array.from(frame));
    };
    this.channel.attach(send, window, 0, theirs);
  }
}

/** Two ends and the link between them. */
class Pair {
  readonly runtime = createFakeRuntime();
  readonly a: End;
  readonly b: End;
  isUp = false;

  constructor(bounds: { maxEvents?: number; maxBytes?: number } = {}) {
    this.a = new End(this.runtime, bounds);
    this.b = new End(this.runtime, bounds);
  }

  connect(): void {
    if (this.isUp) return;
    this.isUp = true;
    const [ofA, ofB] = [this.a.channel.session('B'), this.b.channel.session('A')];
    this.a.attach(ofB);
    this.b.attach(ofA);
  }

  /** What is on its way is lost. */
  cut(): void {
    this.isUp = false;
    this.a.channel.detach();
    this.b.channel.detach();
    this.a.wire.length = 0;
    this.b.wire.length = 0;
  }

  /** Carries up to `count` frames from one end to the other. */
  carry(from: End, to: End, count: number): void {
    for (const frame of from.wire.splice(0, count)) {
      from.untaken.delete(frame);
      switch (frame[headroom]) {
        case frameCode.events:
          to.channel.takeEvents(frame);
          break;
        case frameCode.chunk:
          to.channel.takeChunk(frame);
          break;
        case frameCode.gap:
          to.channel.takeGap(frame);
          break;
        default:
          to.channel.takeAck(frame);
      }
    }
  }

  /** Carries everything until nothing moves any more. */
  settle(): void {
    this.connect();
    for (let idle = 0; idle < 3; idle++) {
      this.a.channel.outbox.flush();
      this.b.channel.outbox.flush();
      while (this.a.wire.length + this.b.wire.length > 0) {
        idle = 0;
        this.carry(this.a, this.b, Number.POSITIVE_INFINITY);
        this.carry(this.b, this.a, Number.POSITIVE_INFINITY);
      }
      this.runtime.advance(20);
    }
  }
}

const oneTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test('over any number of cuts, at any moment, each event arrives once and in order, both ways', (t) => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('publish' as const),
        by: fc.constantFrom('a', 'b'),
        size: fc.constantFrom(0, 10, 400, 950, 3_000, 20_000),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('carry' as const),
        by: fc.constantFrom('a', 'b'),
        count: fc.integer({ min: 1, max: 5 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const), by: fc.constantFrom('a', 'b') }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'cut' as const }) },
    { weight: 3, arbitrary: fc.constant({ kind: 'connect' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 20) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (steps) => {
      const pair = new Pair();
      for (const step of steps) {
        if (step.kind === 'publish') pair[step.by as 'a' | 'b'].publish(step.size);
        else if (step.kind === 'flush') pair[step.by as 'a' | 'b'].channel.outbox.flush();
        else if (step.kind === 'cut') pair.cut();
        else if (step.kind === 'connect') pair.connect();
        else if (step.kind === 'wait') pair.runtime.advance(step.ms);
        else if (step.by === 'a') pair.carry(pair.a, pair.b, step.count);
        else pair.carry(pair.b, pair.a, step.count);
      }
      pair.settle();
      for (const [from, to] of [
        [pair.a, pair.b],
        [pair.b, pair.a],
      ] as const) {
        t.deepEqual(to.delivered, oneTo(from.published));
        t.is(from.channel.outbox.events, 0);
        t.is(from.channel.outbox.bytes, 0);
        t.is(from.channel.outbox.backlog, 0);
      }
      t.is(pair.runtime.pendingTimers, 0);
    }),
    { numRuns: 300 },
  );
});

test('no more is on its way than the credit that was granted', (t) => {
  const pair = new Pair();
  pair.connect();
  pair.b.isSlow = true;
  for (let i = 0; i < 100; i++) pair.a.publish(400);
  pair.a.channel.outbox.flush();
  const sent = pair.a.wire.reduce((sum, frame) => sum + frame.length - headroom, 0);
  t.true(sent <= window && sent > window - maxFrameSize);
  pair.carry(pair.a, pair.b, 1_000);
  pair.runtime.advance(100);
  pair.carry(pair.b, pair.a, 1_000);
  t.is(pair.a.wire.length, 0, 'delivered, but not handled: no credit returns');
});

test('the memory of frames that were acknowledged is filled again, and is let go once all are', (t) => {
  const pair = new Pair();
  pair.connect();
  const memory = new Set<ArrayBufferLike>();
  const round = () => {
    for (let i = 0; i < 4; i++) pair.a.publish(400);
    pair.a.channel.outbox.flush();
    for (const { buffer } of pair.a.wire) memory.add(buffer);
  };
  round();
  for (let i = 0; i < 100; i++) {
    round();
    pair.carry(pair.a, pair.b, 2);
    pair.b.channel.acknowledge();
    pair.carry(pair.b, pair.a, 1);
  }
  t.true(memory.size < 40, `${memory.size} buffers for ${pair.a.published / 2} frames`);
  pair.settle();
  memory.clear();
  round();
  const before = memory.size;
  pair.settle();
  round();
  t.is(memory.size, 2 * before);
});

test('a frame that the other end may not have is not changed, on whichever link it went', (t) => {
  const pair = new Pair();
  for (let i = 0; i < 100; i++) {
    pair.connect();
    for (let i = 0; i < 8; i++) pair.a.publish(400);
    pair.a.channel.outbox.flush();
    pair.carry(pair.a, pair.b, i % 4);
    pair.b.channel.acknowledge();
    pair.carry(pair.b, pair.a, 1);
    for (const [frame, was] of pair.a.untaken) if (Buffer.compare(frame, was) !== 0) return t.fail(`in round ${i}`);
    if (i % 3 === 0) pair.cut();
  }
  t.true(pair.a.untaken.size > 50);
  pair.settle();
  t.deepEqual(pair.b.delivered, oneTo(800));
});

test('credit returns when the promises of handlers settle', async (t) => {
  const pair = new Pair();
  pair.connect();
  pair.b.isSlow = true;
  for (let i = 0; i < 100; i++) pair.a.publish(400);
  while (pair.b.delivered.length < 100) {
    pair.a.channel.outbox.flush();
    pair.carry(pair.a, pair.b, 1_000);
    for (const finish of pair.b.unfinished.splice(0)) finish();
    await new Promise((resolve) => setImmediate(resolve));
    pair.runtime.advance(20);
    pair.carry(pair.b, pair.a, 1_000);
  }
  t.deepEqual(pair.b.delivered, oneTo(100));
});

test('a link that ends while a frame is being handled: what had come of it does not come again', (t) => {
  const pair = new Pair();
  pair.connect();
  for (let i = 0; i < 5; i++) pair.a.publish();
  pair.b.onDelivery = (n) => {
    if (n === 2) pair.cut();
  };
  pair.a.channel.outbox.flush();
  pair.carry(pair.a, pair.b, 1);
  t.deepEqual(pair.b.delivered, [1, 2]);
  pair.b.onDelivery = undefined;
  pair.settle();
  t.deepEqual(pair.b.delivered, oneTo(5));
});

test('what is given up is lost once, and both ends know how much', (t) => {
  const pair = new Pair();
  pair.connect();
  for (let i = 0; i < 5; i++) pair.a.publish();
  pair.settle();
  pair.cut();
  for (let i = 0; i < 7; i++) pair.a.publish();
  t.is(pair.a.channel.outbox.giveUp(), 7);
  pair.a.publish();
  pair.settle();
  t.deepEqual(pair.b.delivered, [...oneTo(5), 13]);
  t.deepEqual(pair.b.losses, [[7, 'resume interval over']]);
});

test('what the framework had for a peer that is given up is no loss at either end', (t) => {
  const pair = new Pair();
  pair.connect();
  pair.a.publish();
  pair.settle();
  for (const users of [2, 0, 3]) {
    pair.cut();
    for (let i = 0; i < 4; i++) pair.a.channel.outbox.append(encodeEvent('', 'App::event', [0]), true);
    for (let i = 0; i < users; i++) pair.a.publish();
    t.is(pair.a.channel.outbox.giveUp(), users);
    pair.settle();
  }
  t.deepEqual(pair.b.losses, [
    [2, 'resume interval over'],
    [3, 'resume interval over'],
  ]);
});

test('what a peer that leaves had of users is a loss, and what the framework had is none', (t) => {
  const pair = new Pair();
  pair.a.publish();
  pair.settle();
  pair.b.channel.inbox.end({ last: 7, unacknowledged: 2 });
  pair.b.channel.inbox.end({ last: 9, unacknowledged: 0 });
  t.deepEqual(pair.b.losses, [[2, 'peer left']]);
});

test('what is given up while a handshake is under way is lost once, and the other end is told', (t) => {
  const pair = new Pair();
  pair.connect();
  for (let i = 0; i < 3; i++) pair.a.publish();
  pair.cut();
  const [ofA, ofB] = [pair.a.channel.session('B'), pair.b.channel.session('A')];
  t.is(pair.a.channel.outbox.giveUp(), 3);
  pair.isUp = true;
  pair.a.attach(ofB);
  pair.b.attach(ofA);
  pair.a.publish();
  pair.settle();
  t.deepEqual(pair.b.delivered, [4]);
  t.deepEqual(pair.b.losses, [[3, 'resume interval over']]);
});

test('events that find no room leave a gap, which the receiver is told in its place', (t) => {
  const pair = new Pair();
  pair.a.publish();
  for (let i = 0; i < 3; i++) pair.a.channel.outbox.skip('buffer full');
  pair.a.publish();
  pair.settle();
  t.deepEqual(pair.b.delivered, [1, 2]);
  t.deepEqual(pair.b.losses, [[3, 'buffer full']]);
});

test('events alone are acknowledged after a moment, and with events that go back at once', (t) => {
  const pair = new Pair();
  pair.connect();
  pair.a.publish();
  pair.a.channel.outbox.flush();
  pair.carry(pair.a, pair.b, 1);
  t.is(pair.b.wire.length, 0);
  pair.b.publish();
  pair.b.channel.outbox.flush();
  pair.carry(pair.b, pair.a, 1);
  t.is(pair.a.channel.outbox.events, 0);
  pair.runtime.advance(20);
  t.deepEqual(
    pair.b.wire.map((frame) => frame[headroom]),
    [],
    'nothing is acknowledged twice',
  );
});

test('a peer that breaks the rules is told so in words, and nothing of the frame is delivered', (t) => {
  const violations: readonly [RegExp, (pair: Pair) => void][] = [
    [/event 1 is acknowledged, but only 0 were sent/, ({ a }) => a.channel.takeAck(ack(1))],
    [
      /event 2 follows event 0/,
      (pair) => {
        pair.a.publish();
        pair.a.channel.outbox.flush();
        const frame = pair.a.wire[0] as Uint8Array;
        writeNumber(frame, headroom + 1, 2);
        pair.b.channel.takeEvents(frame);
      },
    ],
    [/a number is larger than 2\^53/, ({ a }) => a.channel.takeAck(ack(1, 0xff))],
    [
      /received event 7, but only 0 were sent/,
      ({ a }) => a.attach({ id: 'A', received: 7, oldest: 1, assigned: 0, lost: 0 }),
    ],
    [
      /comes before event 1 is complete|piece at/,
      (pair) => {
        pair.a.publish(3_000);
        pair.a.publish();
        pair.a.channel.outbox.flush();
        pair.b.channel.takeChunk(pair.a.wire[0] as Uint8Array);
        pair.b.channel.takeChunk(pair.a.wire[2] as Uint8Array);
      },
    ],
  ];
  for (const [words, violate] of violations) {
    const pair = new Pair();
    pair.connect();
    t.throws(() => violate(pair), { code: 'MUSTER_FRAME_INVALID', message: words });
    t.deepEqual(pair.b.delivered, []);
  }
});

function ack(sequence: number, highByte = 0): Uint8Array {
  const frame = new Uint8Array(headroom + 21);
  frame[headroom] = frameCode.ack;
  writeNumber(frame, headroom + 1, sequence);
  frame[headroom + 1] = highByte;
  if (highByte === 0) readNumber(frame, headroom + 1);
  return frame;
}

test('events of the framework are no loss when they are given up, wherever they wait', (t) => {
  const end = new End(createFakeRuntime());
  const { outbox } = end.channel;
  const append = (size: number, isKept: boolean) =>
    outbox.append(encodeEvent('', 'App::event', [new Uint8Array(size)]), isKept);
  append(10, true);
  append(10, false);
  append(2_000, true); // beyond a frame
  append(2_000, false);
  append(10, false);
  append(10, true);
  t.deepEqual([outbox.events, outbox.userEvents], [6, 3]);
  t.is(outbox.giveUp(), 3);
  append(10, true);
  append(10, false);
  t.deepEqual([outbox.events, outbox.userEvents], [2, 1]);
  outbox.attach({ send() {}, sendGap() {} }, 1_000, 6);
  outbox.acknowledge(8, 1_000);
  t.deepEqual([outbox.events, outbox.userEvents], [0, 0]);
  append(10, true);
  t.is(outbox.giveUp(), 0);
});

test('how large an event is does not depend on what was sent before it', (t) => {
  const { outbox } = new End(createFakeRuntime()).channel;
  const args = [new Uint8Array(100)];
  const { length: size } = encodeEvent('topic', 'App::event', args).bytes;
  for (let i = 0; i < 3; i++) t.is(outbox.encode('topic', 'App::event', args, size), size);
  t.is(outbox.encode('topic', 'App::event', args, size - 1), size);
  t.is(outbox.events, 3);
});
