/**
 * Frames: what two nodes say to each other, byte by byte, as `PROTOCOL.md` specifies.
 * A frame begins with the transport's headroom, then one byte that says what it is, then its fields. Numbers are
 * unsigned and big-endian; sequence numbers and byte counts have 64 bits, of which 53 are used.
 * Frames that carry events are built by the channel, which reserves {@link eventsHeader} or {@link chunkHeader} bytes.
 */
import { MusterError, messageOf } from '../errors.js';
import { decodeValue, encodeValue } from './codec.js';

/** Of what is described here and in `PROTOCOL.md`. Nodes of different versions refuse each other. */
export const protocolVersion = 1;

/** First byte of a frame. Codes that are not listed are reserved. */
export const frameCode = {
  hello: 0x10,
  accept: 0x11,
  reject: 0x12,
  subscribe: 0x13,
  unsubscribe: 0x14,
  events: 0x20,
  chunk: 0x21,
  gap: 0x22,
  ack: 0x23,
  ping: 0x30,
  pong: 0x31,
  bye: 0x32,
} as const;

/** What is known of earlier links between two lifetimes, as the sender of a hello sees it. */
export interface Session {
  /** Id of the lifetime of the receiver to which the numbers belong. */
  readonly id: string;
  /** Last sequence number received from it. */
  readonly received: number;
  /** First sequence number that is still held for it; one more than `assigned` if none is. */
  readonly oldest: number;
  /** Last sequence number assigned to an event for it. */
  readonly assigned: number;
}

export interface Hello {
  readonly cluster: string;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly nodeType: string;
  readonly subscriptions: readonly string[];
  /** Grows by one with each change of the subscriptions. */
  readonly revision: number;
  /** Bytes of event frames that the sender takes before it returns credit. */
  readonly credit: number;
  /** Whether this lifetime has seen `Cluster::Experimental::cluster_started`. */
  readonly clusterStarted: boolean;
  readonly session?: Session;
}

/** Why a hello was refused. `name-taken` makes a node leave if its manager says it; the others are tried again. */
export type RejectCode = 'name-taken' | 'refused' | 'superseded' | 'protocol';

export interface Reject {
  readonly code: RejectCode;
  /** In words, for the log of the one who is refused. */
  readonly reason: string;
}

/** Cumulative: all events up to `sequence` are handled or on their way; `credit` bytes in total may be sent on this link. */
export interface Ack {
  readonly sequence: number;
  readonly credit: number;
  /** Revision of the subscriptions of the frame's receiver that is in force at its sender. */
  readonly revision: number;
}

/** Why events were lost; those that travel in a `gap` frame come first, and their place is their code. */
const lossReasons = ['buffer full', 'resume interval over', 'peer restarted', 'peer left'] as const;
export type LossReason = (typeof lossReasons)[number];

/** Events `first` to `last` will not come. */
export interface Gap {
  readonly first: number;
  readonly last: number;
  readonly reason: LossReason;
}

/** Prefix of an `events` frame: code, first sequence number, count, acknowledged, credit. The encoded events follow. */
export const eventsHeader = 1 + 8 + 4 + 8 + 8;
/** Prefix of a `chunk` frame: code, sequence number, offset, total size, acknowledged, credit. A piece of one event follows. */
export const chunkHeader = 1 + 8 + 4 + 4 + 8 + 8;

const bytesOf = (text: string): Uint8Array => encodeValue(text).slice();

/** Writes the frames of one link, each in a fresh buffer. */
export class FrameWriter {
  readonly #headroom: number;

  constructor(headroom: number) {
    this.#headroom = headroom;
  }

  hello(hello: Hello): Uint8Array {
    const body = encodeValue(hello);
    const frame = this.#frame(frameCode.hello, 1 + body.length);
    frame[this.#headroom + 1] = protocolVersion;
    frame.set(body, this.#headroom + 2);
    return frame;
  }

  accept(): Uint8Array {
    return this.#frame(frameCode.accept, 0);
  }

  reject(reject: Reject): Uint8Array {
    return this.#valueFrame(frameCode.reject, encodeValue(reject));
  }

  subscribe(prefix: string, revision: number): Uint8Array {
    return this.#subscription(frameCode.subscribe, prefix, revision);
  }

  unsubscribe(prefix: string, revision: number): Uint8Array {
    return this.#subscription(frameCode.unsubscribe, prefix, revision);
  }

  gap({ first, last, reason }: Gap): Uint8Array {
    const frame = this.#frame(frameCode.gap, 17);
    writeNumber(frame, this.#headroom + 1, first);
    writeNumber(frame, this.#headroom + 9, last);
    frame[this.#headroom + 17] = lossReasons.indexOf(reason);
    return frame;
  }

  ack({ sequence, credit, revision }: Ack): Uint8Array {
    const frame = this.#frame(frameCode.ack, 20);
    writeNumber(frame, this.#headroom + 1, sequence);
    writeNumber(frame, this.#headroom + 9, credit);
    writeUint32(frame, this.#headroom + 17, revision);
    return frame;
  }

  ping(nonce: number): Uint8Array {
    return this.#nonce(frameCode.ping, nonce);
  }

  pong(nonce: number): Uint8Array {
    return this.#nonce(frameCode.pong, nonce);
  }

  /** `last`: the last sequence number assigned to an event for the receiver. */
  bye(last: number): Uint8Array {
    const frame = this.#frame(frameCode.bye, 8);
    writeNumber(frame, this.#headroom + 1, last);
    return frame;
  }

  #frame(code: number, size: number): Uint8Array {
    const frame = Buffer.allocUnsafeSlow(this.#headroom + 1 + size);
    frame[this.#headroom] = code;
    return frame;
  }

  #valueFrame(code: number, body: Uint8Array): Uint8Array {
    const frame = this.#frame(code, body.length);
    frame.set(body, this.#headroom + 1);
    return frame;
  }

  #subscription(code: number, prefix: string, revision: number): Uint8Array {
    const body = bytesOf(prefix);
    const frame = this.#frame(code, 4 + body.length);
    writeUint32(frame, this.#headroom + 1, revision);
    frame.set(body, this.#headroom + 5);
    return frame;
  }

  #nonce(code: number, nonce: number): Uint8Array {
    const frame = this.#frame(code, 4);
    writeUint32(frame, this.#headroom + 1, nonce);
    return frame;
  }
}

export function writeNumber(frame: Uint8Array, offset: number, value: number): void {
  writeUint32(frame, offset, Math.floor(value / 0x1_0000_0000));
  writeUint32(frame, offset + 4, value >>> 0);
}

function writeUint32(frame: Uint8Array, offset: number, value: number): void {
  frame[offset] = value >>> 24;
  frame[offset + 1] = value >>> 16;
  frame[offset + 2] = value >>> 8;
  frame[offset + 3] = value;
}

export function readUint32(frame: Uint8Array, offset: number): number {
  return (
    ((frame[offset] as number) * 0x100_0000 +
      (((frame[offset + 1] as number) << 16) | ((frame[offset + 2] as number) << 8) | (frame[offset + 3] as number))) >>>
    0
  );
}

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` above 2^53 - 1. */
export function readNumber(frame: Uint8Array, offset: number): number {
  const high = readUint32(frame, offset);
  if (high > 0x1f_ffff) throw invalid('a number is larger than 2^53 - 1');
  return high * 0x1_0000_0000 + readUint32(frame, offset + 4);
}

export function invalid(what: string, options?: ErrorOptions): MusterError {
  return new MusterError('MUSTER_FRAME_INVALID', what, options);
}

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` unless `frame` has exactly (or `atLeast`) `size` bytes. */
export function checkSize(frame: Uint8Array, size: number, what: string, atLeast = false): void {
  if (atLeast ? frame.length < size : frame.length !== size) {
    throw invalid(`${what} frame of ${frame.length} bytes, expected ${atLeast ? 'at least ' : ''}${size}`);
  }
}

/**
 * The hello in `frame`, its shape checked; whether it is acceptable is for others to say.
 * @throws {@link MusterError} `MUSTER_FRAME_INVALID`
 */
export function readHello(frame: Uint8Array, headroom: number): Hello {
  checkSize(frame, headroom + 3, 'hello', true);
  if (frame[headroom] !== frameCode.hello) throw invalid('a link has to begin with a hello');
  const version = frame[headroom + 1];
  if (version !== protocolVersion) {
    throw invalid(`protocol version ${version}, this node speaks ${protocolVersion}`);
  }
  const hello = readMap(frame.subarray(headroom + 2), 'hello');
  for (const field of ['cluster', 'from', 'to', 'id', 'nodeType'] as const) requireText(hello, field, 'hello');
  for (const field of ['revision', 'credit'] as const) requireCount(hello, field, 'hello');
  const { subscriptions, session } = hello;
  if (!Array.isArray(subscriptions) || !subscriptions.every((prefix) => typeof prefix === 'string')) {
    throw invalid('hello: subscriptions is no list of strings');
  }
  if (typeof hello.clusterStarted !== 'boolean') throw invalid('hello: clusterStarted is no boolean');
  if (session !== undefined) {
    if (typeof session !== 'object' || session === null) throw invalid('hello: session is no map');
    requireText(session as Record<string, unknown>, 'id', 'hello: session');
    for (const field of ['received', 'oldest', 'assigned'] as const) {
      requireCount(session as Record<string, unknown>, field, 'hello: session');
    }
  }
  return hello as unknown as Hello;
}

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
export function readReject(frame: Uint8Array, headroom: number): Reject {
  const reject = readMap(frame.subarray(headroom + 1), 'reject');
  requireText(reject, 'code', 'reject');
  requireText(reject, 'reason', 'reject');
  return reject as unknown as Reject;
}

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
export function readSubscription(frame: Uint8Array, headroom: number): { prefix: string; revision: number } {
  checkSize(frame, headroom + 6, 'subscription', true);
  const prefix = readValue(frame.subarray(headroom + 5), 'subscription');
  if (typeof prefix !== 'string') throw invalid('subscription: the prefix is no string');
  return { prefix, revision: readUint32(frame, headroom + 1) };
}

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
export function readAck(frame: Uint8Array, headroom: number): Ack {
  checkSize(frame, headroom + 21, 'ack');
  return {
    sequence: readNumber(frame, headroom + 1),
    credit: readNumber(frame, headroom + 9),
    revision: readUint32(frame, headroom + 17),
  };
}

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
export function readGap(frame: Uint8Array, headroom: number): Gap {
  checkSize(frame, headroom + 18, 'gap');
  const [first, last] = [readNumber(frame, headroom + 1), readNumber(frame, headroom + 9)];
  const reason = lossReasons[frame[headroom + 17] as number];
  if (reason === undefined || first > last) throw invalid(`gap from ${first} to ${last} without a known reason`);
  return { first, last, reason };
}

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
export function readNonce(frame: Uint8Array, headroom: number): number {
  checkSize(frame, headroom + 5, 'ping or pong');
  return readUint32(frame, headroom + 1);
}

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
export function readBye(frame: Uint8Array, headroom: number): number {
  checkSize(frame, headroom + 9, 'bye');
  return readNumber(frame, headroom + 1);
}

function readValue(bytes: Uint8Array, what: string): unknown {
  try {
    return decodeValue(bytes);
  } catch (cause) {
    throw invalid(`${what}: ${messageOf(cause)}`, { cause });
  }
}

function readMap(bytes: Uint8Array, what: string): Record<string, unknown> {
  const value = readValue(bytes, what);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    throw invalid(`${what}: no map of fields`);
  }
  return value as Record<string, unknown>;
}

function requireText(fields: Record<string, unknown>, field: string, what: string): void {
  if (typeof fields[field] !== 'string') throw invalid(`${what}: ${field} is no string`);
}

function requireCount(fields: Record<string, unknown>, field: string, what: string): void {
  const value = fields[field];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw invalid(`${what}: ${field} is no count`);
}
