/**
 * What the fuzz tests of the codec share: frames that a peer could send, good and bad, from a seed, and what must hold
 * for each of them. msgpackr, told about our two extensions, is the second opinion on every frame that is taken.
 */
import { isDeepStrictEqual } from 'node:util';
import { addExtension, Unpackr } from 'msgpackr';
import { MusterError } from '../../errors.js';
import { decodeEvents, EventWriter, encodeEvent, type Headers } from '../../transport/codec.js';

const oracle = new Unpackr({ useRecords: false });
addExtension({ type: 0x4d, unpack: (content) => new Map(pairs(oracle.unpack(Buffer.from(content)) as unknown[])) });
addExtension({ type: 0x53, unpack: (content) => new Set(oracle.unpack(Buffer.from(content)) as unknown[]) });

function* pairs(list: readonly unknown[]): Iterable<[unknown, unknown]> {
  for (let i = 0; i < list.length; i += 2) yield [list[i], list[i + 1]];
}

/** A number from 0 to below `limit`. */
type Dice = (limit: number) => number;

/** xorshift32: the same throws for the same seed. */
function diceOf(seed: number): Dice {
  let state = seed | 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** What the values of frames are made of. */
const leaves: readonly unknown[] = [null, true, 0, -0, -1, 200, 70_000, 3.5, Number.NaN, 2 ** 53, 5n, 2n ** 64n - 1n]
  .concat(['', 'a', 'toString', '10.0.0.17', 'a string of 24 letters!!', 'Zürich 🦓', 'x'.repeat(70)] as never[])
  .concat([new Date(1.7e12), new Date(-1_234), Uint8Array.of(), Uint8Array.of(0x80, 0xc1, 0xff)] as never[]);

function anyValue(dice: Dice, depth = 0): unknown {
  const kind = dice(depth > 3 ? 4 : 8);
  const many = <T>(one: () => T): T[] => Array.from({ length: dice(4) }, one);
  if (kind === 4) return many(() => anyValue(dice, depth + 1));
  if (kind === 5) return Object.fromEntries(many(() => [`k${dice(4)}`, anyValue(dice, depth + 1)]));
  if (kind === 6) return new Map(many(() => [anyValue(dice, depth + 1), anyValue(dice, depth + 1)]));
  if (kind === 7) return new Set(many(() => anyValue(dice, depth + 1)));
  return leaves[dice(leaves.length)];
}

const headersOf: readonly (Headers | undefined)[] = [
  undefined,
  undefined,
  { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
  { tracestate: 'vendor=value', other: 'Zürich 🦓' },
];

function goodBody(dice: Dice): { body: Buffer; count: number } {
  const count = dice(4);
  const writer = new EventWriter();
  for (let i = 0; i < count; i++) {
    const args = Array.from({ length: dice(4) }, () => anyValue(dice));
    writer.append(`topic/${dice(2)}`, `name${dice(2)}`, args, headersOf[dice(headersOf.length)]);
  }
  return { body: writer.bytes.subarray(0, writer.length), count };
}

/** Bytes that begin something, so that random frames get further than their first one. */
const heads = [0x80, 0x81, 0x82, 0x90, 0x91, 0x95, 0xa0, 0xa1, 0xa3, 0xc0, 0xc1, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9]
  .concat([0xca, 0xcb, 0xcc, 0xcf, 0xd0, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf])
  .concat([0x4d, 0x53, 0xff, 0x72, 0x78, 0x00, 0x01, 0x02]);

function randomBody(dice: Dice): { body: Buffer; count: number } {
  const body = Buffer.alloc(dice(60));
  for (let i = 0; i < body.length; i++) body[i] = dice(3) === 0 ? dice(256) : (heads[dice(heads.length)] as number);
  const whole = dice(2) === 0 ? body : Buffer.concat([Buffer.from('a174a16e91', 'hex'), body]);
  return { body: whole, count: dice(3) };
}

function mutate(dice: Dice, body: Buffer): Buffer {
  const at = dice(body.length + 1);
  const to = at + dice(Math.min(8, body.length + 1 - at));
  const other = () => goodBody(dice).body;
  switch (dice(6)) {
    case 0:
      return body.subarray(0, at);
    case 1:
      return Buffer.concat([body.subarray(0, at), body.subarray(to)]);
    case 2:
      return Buffer.concat([body.subarray(0, to), body.subarray(at)]);
    case 3:
      return Buffer.concat([body.subarray(0, at), Buffer.of(heads[dice(heads.length)] as number), body.subarray(at)]);
    case 4:
      return Buffer.concat([body.subarray(0, at), other().subarray(dice(4))]);
    default: {
      const copy = Buffer.from(body);
      if (copy.length > 0) copy[dice(copy.length)] = dice(2) === 0 ? dice(256) : (heads[dice(heads.length)] as number);
      return copy;
    }
  }
}

/** One frame, and how many events its header claims. */
function anyBody(dice: Dice): { body: Buffer; count: number } {
  const kind = dice(10);
  if (kind < 2) return randomBody(dice);
  let { body, count } = goodBody(dice);
  if (kind === 2) return { body, count };
  for (let i = dice(3); i >= 0; i--) body = mutate(dice, body);
  if (dice(8) === 0) count += dice(3) - 1;
  return { body, count };
}

/** What became of the frames. */
export interface Tally {
  taken: number;
  refused: number;
  events: number;
}

/** Sends `frames` frames through the decoder. @throws if one of them does what none may do. */
export function fuzz(frames: number, seed: number): Tally {
  const dice = diceOf(seed);
  const tally: Tally = { taken: 0, refused: 0, events: 0 };
  for (let i = 0; i < frames; i++) {
    const { body, count } = anyBody(dice);
    const told = () => `frame ${i} of seed ${seed}, ${count} events: ${body.toString('hex')}`;
    const events = takenFrom(body, count, told);
    if (events === undefined) tally.refused++;
    else {
      tally.taken++;
      tally.events += count;
      checkTaken(body, count, events, told);
    }
  }
  return tally;
}

function takenFrom(body: Buffer, count: number, told: () => string): unknown[] | undefined {
  const events: unknown[] = [];
  try {
    decodeEvents(body, count, (topic, name, args, _size, headers) => {
      events.push(topic, name, args);
      if (headers !== undefined) events.push(headers);
    });
    return events;
  } catch (error) {
    if (!(error instanceof MusterError) || error.code !== 'MUSTER_FRAME_INVALID') {
      throw new Error(`${told()} threw something else`, { cause: error });
    }
    if (events.length > 0) throw new Error(`${told()} gave out events before it was refused`);
    return undefined;
  }
}

/** Topics and names in the places of the nils that stand for them. */
function spelledOut(values: readonly unknown[]): unknown[] {
  const out: unknown[] = [];
  let prefix: unknown[] = [];
  for (let i = 0; i < values.length; ) {
    if (values[i] === null) i += 1;
    else {
      prefix = values.slice(i, i + 2);
      i += 2;
    }
    out.push(...prefix, values[i++]);
    const next = values[i];
    if (typeof next === 'object' && next !== null) out.push(values[i++]);
  }
  return out;
}

function checkTaken(body: Buffer, count: number, events: readonly unknown[], told: () => string): void {
  const parts = [...partsOf(events)];
  if (parts.length !== count) throw new Error(`${told()} gave out ${parts.length} events`);
  const again = Buffer.concat(parts.map((event) => Buffer.from(encodeEvent(...event).bytes)));
  const copies = takenFrom(again, count, told);
  if (!isDeepStrictEqual(copies, events)) throw new Error(`${told()} is not what it says when it is sent again`);
  if (count === 0) return;
  const second = spelledOut(oracle.unpackMultiple(Buffer.from(body)) as unknown[]);
  if (!isDeepStrictEqual(plain(second), plain(events))) throw new Error(`${told()} means something else to msgpackr`);
}

/** Topic, name, arguments and, where there is one, the map of headers behind. */
function* partsOf(events: readonly unknown[]): Iterable<[string, string, unknown[], Headers?]> {
  for (let i = 0, next = 0; i < events.length; i = next) {
    next = i + (i + 3 < events.length && typeof events[i + 3] !== 'string' ? 4 : 3);
    yield events.slice(i, next) as [string, string, unknown[], Headers?];
  }
}

/** Buffers as Uint8Arrays and Dates in whole seconds, as fractions of a millisecond are rounded differently before 1970. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (value instanceof Date) return new Date(Math.round(value.getTime() / 1_000) * 1_000);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [plain(key), plain(member)]));
  if (value instanceof Set) return new Set([...value].map(plain));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
