/**
 * Frame reader: control frames, checked as they are read. What a peer sends is believed only after this.
 */
import { messageOf } from '../../errors.js';
import { decodeValue } from '../codec.js';
import {
  type Ack,
  type Bye,
  frameCode,
  type Gap,
  type Hello,
  invalid,
  lossReasons,
  maxSubscriptionBytes,
  protocolVersion,
  type Reject,
  readNumber,
  readUint32,
} from './frames.js';

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` unless `frame` has exactly (or `atLeast`) `size` bytes. */
function checkSize(frame: Uint8Array, size: number, what: string, atLeast = false): void {
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
  if (subscriptions.reduce((sum, prefix) => sum + Buffer.byteLength(prefix), 0) > maxSubscriptionBytes) {
    throw invalid(`hello: subscriptions of more than ${maxSubscriptionBytes} bytes`);
  }
  if (typeof hello.clusterStarted !== 'boolean') throw invalid('hello: clusterStarted is no boolean');
  if (session !== undefined) {
    if (typeof session !== 'object' || session === null) throw invalid('hello: session is no map');
    requireText(session as Record<string, unknown>, 'id', 'hello: session');
    for (const field of ['received', 'oldest', 'assigned', 'lost'] as const) {
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
export function readBye(frame: Uint8Array, headroom: number): Bye {
  checkSize(frame, headroom + 17, 'bye');
  return { last: readNumber(frame, headroom + 1), unacknowledged: readNumber(frame, headroom + 9) };
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
