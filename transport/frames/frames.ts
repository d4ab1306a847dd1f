/**
 * Frames: what two nodes say to each other, as `PROTOCOL.md` specifies.
 * A frame begins with the transport's headroom, then one byte that says what it is, then its fields. Numbers are
 * unsigned and big-endian; sequence numbers and byte counts have 64 bits, of which 53 are used.
 */
import { MusterError } from '../../errors.js';

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
  /** How many events of users were given up for it in all, of those whose numbers are below `oldest`. */
  readonly lost: number;
}

/** Bytes that all subscriptions of a node have together, at most, so that they fit into a hello. */
export const maxSubscriptionBytes = 32 * 1_024;

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
  /** Whether this lifetime has seen `Cluster::Experimental::cluster_started`, or a peer that knows of it. */
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
export const lossReasons = ['buffer full', 'resume interval over', 'peer restarted', 'peer left'] as const;
export type LossReason = (typeof lossReasons)[number];

/** Events `first` to `last` will not come. */
export interface Gap {
  readonly first: number;
  readonly last: number;
  readonly reason: LossReason;
}

/** The sender leaves. */
export interface Bye {
  /** Last sequence number that it has assigned to an event for the receiver. */
  readonly last: number;
  /** How many events of users the receiver had not acknowledged. */
  readonly unacknowledged: number;
}

/** Prefix of an `events` frame: code, first sequence number, count, acknowledged, credit. The encoded events follow. */
export const eventsHeader = 1 + 8 + 4 + 8 + 8;
/** Prefix of a `chunk` frame: code, sequence number, offset, total size, acknowledged, credit. A piece of one event follows. */
export const chunkHeader = 1 + 8 + 4 + 4 + 8 + 8;

export function writeNumber(frame: Uint8Array, offset: number, value: number): void {
  writeUint32(frame, offset, Math.floor(value / 0x1_0000_0000));
  writeUint32(frame, offset + 4, value >>> 0);
}

export function writeUint32(frame: Uint8Array, offset: number, value: number): void {
  frame[offset] = value >>> 24;
  frame[offset + 1] = value >>> 16;
  frame[offset + 2] = value >>> 8;
  frame[offset + 3] = value;
}

export function readUint32(frame: Uint8Array, offset: number): number {
  return (
    ((frame[offset] as number) * 0x100_0000 +
      (((frame[offset + 1] as number) << 16) |
        ((frame[offset + 2] as number) << 8) |
        (frame[offset + 3] as number))) >>>
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

/** A frame that may not come now. */
export function misplaced(code: number | undefined, when: string): MusterError {
  return invalid(`${code === undefined ? 'an empty frame' : `frame 0x${code.toString(16)}`} ${when}`);
}
