/**
 * Hostile peer: speaks the protocol of links as nobody should. Its frames are written byte by byte, on as many links as
 * it likes over one connection, which keeps them in order.
 */
import { randomBytes } from 'node:crypto';
import { encodeEvent, encodeValue } from '../../transport/codec.js';
import { frameCode, type Hello, protocolVersion } from '../../transport/frames/frames.js';
import { headroom } from '../../transport/zeromq/frame.js';
import { RawPeer } from './raw-peer.js';

const linkMark = 0x02;

export class HostilePeer {
  readonly raw: RawPeer;

  private constructor(raw: RawPeer) {
    this.raw = raw;
  }

  static async open(port: number): Promise<HostilePeer> {
    return new HostilePeer(await RawPeer.greet({ ip: '127.0.0.1', port }));
  }

  /** Sends these frames, one after the other, on a link of their own. Nothing that is answered is read. */
  say(...payloads: Uint8Array[]): void {
    const topic = Buffer.concat([Buffer.of(linkMark), randomBytes(headroom - 1)]);
    for (const payload of payloads) this.raw.send(Buffer.concat([topic, payload]));
  }

  /** Says that somebody has unsubscribed from a topic. */
  forgeUnsubscription(topic: Uint8Array): void {
    this.raw.send(Buffer.concat([Buffer.of(0), topic]));
  }
}

/** `undefined` leaves a field out. */
export function hello(fields: { readonly [F in keyof Hello]?: unknown }, version = protocolVersion): Buffer {
  const entries = Object.entries({
    cluster: 'muster',
    subscriptions: [],
    revision: 1,
    credit: 1_048_576,
    clusterStarted: false,
    ...fields,
  }).filter(([, value]) => value !== undefined);
  return helloOf(encodeValue(Object.fromEntries(entries)), version);
}

export function helloOf(body: Uint8Array, version = protocolVersion): Buffer {
  return Buffer.concat([Buffer.of(frameCode.hello, version), body]);
}

export const accept = Buffer.of(frameCode.accept);

/** A frame of events: its header, and whatever is to follow. */
export function events(first: number | bigint, count: number, ...bodies: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(frameCode.events), u64(first), u32(count), u64(0), u64(1_048_576), ...bodies]);
}

export function event(topic: string, name: string, ...args: unknown[]): Buffer {
  return Buffer.from(encodeEvent(topic, name, args).bytes);
}

export function chunk(sequence: number, offset: number, total: number, piece: Uint8Array): Buffer {
  const header = [Buffer.of(frameCode.chunk), u64(sequence), u32(offset), u32(total), u64(0), u64(1_048_576)];
  return Buffer.concat([...header, piece]);
}

export function ack(sequence: number | bigint, credit: number | bigint, revision = 0): Buffer {
  return Buffer.concat([Buffer.of(frameCode.ack), u64(sequence), u64(credit), u32(revision)]);
}

export function gap(first: number | bigint, last: number | bigint, reason: number): Buffer {
  return Buffer.concat([Buffer.of(frameCode.gap), u64(first), u64(last), Buffer.of(reason)]);
}

export function subscribe(prefix: unknown, revision = 1): Buffer {
  return Buffer.concat([Buffer.of(frameCode.subscribe), u32(revision), encodeValue(prefix)]);
}

export function bye(last: number): Buffer {
  return Buffer.concat([Buffer.of(frameCode.bye), u64(last), u64(0)]);
}

/** A frame of this code with any bytes in it. */
export function anyFrame(code: number, ...bytes: number[]): Buffer {
  return Buffer.of(code, ...bytes);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
