/**
 * Memory of sealed frames: used again once the other end has opened what was in it, and never before.
 */
import test from 'ava';
import { Opener, Sealer } from '../../keys/seal.js';
import { SealedMemory } from '../../keys/sealed-memory.js';
import { SecuredLink } from '../../keys/secured-link.js';

const headroom = 17;
const maxFrameSize = 1_000;

test('memory is used again once its frame has been opened', (t) => {
  const memory = new SealedMemory(maxFrameSize);
  const [first, second] = [memory.take(900, 5), memory.take(900, 6)];
  t.not(first.buffer, second.buffer);
  memory.release(5);
  t.not(memory.take(900, 7).buffer, first.buffer);
  memory.release(6);
  t.is(memory.take(800, 8).buffer, first.buffer);
  t.not(memory.take(900, 9).buffer, second.buffer);
});

test('small frames have memory of their own', (t) => {
  const memory = new SealedMemory(maxFrameSize);
  const small = memory.take(100, 0);
  t.is(small.buffer.byteLength, 100);
  memory.release(1);
  t.not(memory.take(100, 1).buffer, small.buffer);
});

test('an end that never says what it has opened costs no more memory than one that does', (t) => {
  const memory = new SealedMemory(maxFrameSize);
  const taken = Array.from({ length: 1_000 }, (_, i) => memory.take(900, i).buffer);
  memory.release(1_000);
  const again = new Set(Array.from({ length: 1_000 }, (_, i) => memory.take(900, 1_000 + i).buffer));
  t.is(new Set(taken).size, 1_000);
  t.true(taken.filter((buffer) => again.has(buffer)).length <= 16);
});

test('links tell each other what they have opened, and what is on its way stays as it is', (t) => {
  const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const;
  const wires: Uint8Array[][] = [[], []];
  const ends = [0, 1].map((side) => {
    const seals = { out: new Sealer(keys[side] as Buffer, 'hides'), in: new Opener(keys[1 - side] as Buffer, 'hides') };
    const link = { id: 'link', send: (frame: Uint8Array) => wires[side]?.push(frame), close() {} };
    return new SecuredLink(link, { peer: `${side}`, key: '', seals }, { headroom, maxFrameSize });
  }) as [SecuredLink, SecuredLink];
  const large = (n: number) => Buffer.alloc(800, n);
  const open = (side: 0 | 1) => {
    const frame = ends[side].open(wires[1 - side]?.shift() as Uint8Array);
    return frame === undefined ? undefined : Buffer.from(frame.subarray(headroom));
  };
  for (const n of [1, 2, 3]) ends[0].send(large(n));
  const memoryOf = (frame: Uint8Array | undefined) => frame?.buffer;
  const first = memoryOf(wires[0]?.[0]);
  t.deepEqual(open(1), large(1).subarray(headroom));
  ends[1].send(Buffer.alloc(headroom));
  t.not(open(0), undefined);
  ends[0].send(large(4));
  t.is(memoryOf(wires[0]?.at(-1)), first);
  for (const n of [2, 3, 4]) t.deepEqual(open(1), large(n).subarray(headroom));
});
