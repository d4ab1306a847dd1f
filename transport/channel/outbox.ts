/**
 * Outbox: the events that one node has for another, from `publish` to acknowledgement.
 * Assigns sequence numbers, gathers events into frames, sends as far as credit goes, keeps what is not acknowledged,
 * and sends that again on the next link. It outlives links: it belongs to two lifetimes, of this node and its peer.
 */
import type { EncodedEvent, Headers } from '../codec.js';
import {
  chunkHeader,
  eventsHeader,
  frameCode,
  type Gap,
  invalid,
  type LossReason,
  writeNumber,
} from '../frames/frames.js';
import { copyOf, OpenFrame } from './open-frame.js';
import { type Batch, type Large, SendQueue } from './send-queue.js';

export interface OutboxOptions {
  /** Bytes that the transport fills in at the start of a frame. */
  readonly headroom: number;
  /** Bytes a frame has at most, headroom included. */
  readonly maxFrameSize: number;
  /** Bounds of what is kept. Who appends has to look at {@link Outbox.fill}: nothing is refused here. */
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** Where frames go while a link is attached. `stampAt` is where the acknowledgement belongs; a gap has none. */
export interface FrameSink {
  send(frame: Uint8Array, stampAt: number): void;
  sendGap(gap: Gap): void;
}

/** A frame that is being filled is sent when it has grown beyond this, even before the turn ends. */
const eagerSize = 56 * 1024;
/** A frame holds at most this part of the events that are kept, so that dropping one does not drop all. */
const largestPart = 1 / 16;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #maxCount: number;
  readonly #open: OpenFrame;

  readonly #queue = new SendQueue();

  #assigned = 0;
  #sentUpTo = 0;
  /** Events of users that were given up, untold gaps included. */
  #lost = 0;
  #events = 0;
  /** Of these, those that must never be dropped. */
  #kept = 0;
  #bytes = 0;
  #backlog = 0;
  /** Bytes of the event that was encoded last: the next one may well be as large, and then it needs the next frame. */
  #lastSize = 0;

  #sink: FrameSink | undefined;
  #sentBytes = 0;
  #credit = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#maxCount = Math.max(1, Math.floor(options.maxEvents * largestPart));
    this.#open = new OpenFrame(options.headroom, options.maxFrameSize);
  }

  /** Last sequence number assigned. */
  get assigned(): number {
    return this.#assigned;
  }

  /** First sequence number that is still held; `assigned + 1` if none is. */
  get oldest(): number {
    return this.#queue.oldest?.first ?? this.#assigned - this.#open.count + 1;
  }

  /** Events of users that were given up in all, for the hello of the next link. */
  get lost(): number {
    return this.#lost;
  }

  /** Of {@link events}, those of users: not the framework's own. */
  get userEvents(): number {
    return this.#events - this.#kept;
  }

  /** Events kept, in number and in bytes: not sent, or sent and not acknowledged. */
  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of events that wait for credit, or for a link. */
  get backlog(): number {
    return this.#backlog;
  }

  /** How full it is, as a part of its bounds; with an event of `size` bytes more, if one is given. Above 1 is beyond them. */
  fill(size = 0): number {
    const events = (size > 0 ? this.#events + 1 : this.#events) / this.#options.maxEvents;
    const bytes = (this.#bytes + size) / this.#options.maxBytes;
    return Math.max(events, bytes);
  }

  /**
   * Encodes an event for this peer alone. It leaves at the next {@link flush}, or before.
   * @returns its size by itself; above `maxSize` it is not taken.
   * @throws TypeError for an argument that cannot be sent; nothing has happened then.
   */
  encode(topic: string, name: string, args: readonly unknown[], maxSize: number, headers?: Headers): number {
    const open = this.#open;
    if (open.size + this.#lastSize > open.capacity) this.#seal();
    const before = open.size;
    const size = open.encode(topic, name, args, headers);
    this.#lastSize = size;
    if (open.size > open.capacity || open.count > this.#maxCount || size > maxSize) {
      const event = open.takeBack(before);
      if (size <= maxSize) this.append(event);
      return size;
    }
    this.#count(open.size - before);
    return size;
  }

  /**
   * Takes an encoded event, of which it keeps a copy. It leaves at the next {@link flush}, or before.
   * @param isKept whether it must never be dropped.
   */
  append(event: EncodedEvent, isKept = false): void {
    const { length: size } = event.bytes;
    const open = this.#open;
    if (isKept) this.#kept += 1;
    if (size > open.capacity) {
      this.#seal();
      const number = this.#assigned + 1;
      const kept = isKept ? 1 : 0;
      const bytes = copyOf(event.bytes);
      this.#queue.push({ kind: 'large', kept, first: number, last: number, size, event: bytes, offset: 0 });
      this.#count(size);
    } else {
      if (open.size + size > open.capacity || open.count >= this.#maxCount) this.#seal();
      const before = open.size;
      open.append(event);
      if (isKept) open.kept += 1;
      this.#count(open.size - before);
    }
  }

  /** Gives the next sequence number to an event that will not be sent, so that the receiver learns of the loss. */
  skip(reason: LossReason): void {
    this.#seal();
    this.#assigned += 1;
    this.#queue.skip(this.#assigned, reason);
  }

  /**
   * Drops the oldest frame of events that was never sent, to make room.
   * @returns how many events are lost by that; 0 if there is no such frame.
   */
  dropOldest(reason: LossReason): number {
    let dropped = this.#queue.dropOldest(this.#sentUpTo, reason);
    if (dropped === undefined && this.#open.kept === 0) {
      this.#seal();
      dropped = this.#queue.dropOldest(this.#sentUpTo, reason);
    }
    if (dropped === undefined) return 0;
    this.#backlog -= dropped.size;
    return this.#forget(dropped);
  }

  /** Takes over what another outbox still holds, for a new lifetime of the same peer. The other is empty then. */
  takeOver(other: Outbox): void {
    other.#seal();
    for (const entry of other.#queue.held) {
      if (entry.kind === 'skipped') continue;
      const first = this.#assigned + 1;
      const last = this.#assigned + entry.last - entry.first + 1;
      this.#assigned = last;
      this.#events += last - first + 1;
      this.#kept += entry.kept;
      this.#bytes += entry.size;
      this.#backlog += entry.size;
      if (entry.kind === 'large') {
        this.#queue.push({ ...entry, first, last, offset: 0 });
      } else {
        const frame = copyOf(entry.frame);
        writeNumber(frame, this.#options.headroom + 1, first);
        this.#queue.push({ ...entry, first, last, frame, sent: false });
      }
    }
    other.giveUp();
  }

  /** Sends what credit allows. What has to wait stays in the open frame, so that it leaves in few, full ones. */
  flush(): void {
    if (this.#sink === undefined) return;
    this.#pump(this.#sink);
    if (this.#queue.next === undefined && this.#open.count > 0) {
      this.#seal();
      this.#pump(this.#sink);
    }
  }

  /**
   * Begins on a new link: everything after `received` is sent (again), within `credit` bytes.
   * @throws {@link MusterError} `MUSTER_FRAME_INVALID` if the peer says it received what was never sent.
   */
  attach(sink: FrameSink, credit: number, received: number): void {
    if (received > this.#assigned) {
      throw invalid(`the peer says it received event ${received}, but only ${this.#assigned} were sent`);
    }
    this.#sentUpTo = Math.max(this.#sentUpTo, received);
    this.#release(received);
    this.#queue.rewind();
    this.#backlog = this.#bytes;
    this.#sink = sink;
    this.#sentBytes = 0;
    this.#credit = credit;
    // Given up after our hello said what is held: the peer does not know yet.
    const { oldest } = this;
    if (oldest > received + 1) sink.sendGap({ first: received + 1, last: oldest - 1, reason: 'resume interval over' });
    this.flush();
  }

  /** The link is gone. Everything that is not acknowledged waits for the next one. */
  detach(): void {
    this.#sink = undefined;
  }

  /**
   * The peer has everything up to `sequence`, and takes `credit` bytes in total on this link.
   * @throws {@link MusterError} `MUSTER_FRAME_INVALID` if that much was never sent.
   */
  acknowledge(sequence: number, credit: number): void {
    if (sequence > this.#sentUpTo) {
      throw invalid(`event ${sequence} is acknowledged, but only ${this.#sentUpTo} were sent`);
    }
    this.#release(sequence);
    if (credit > this.#credit) {
      this.#credit = credit;
      this.flush();
    }
  }

  /**
   * Forgets everything that it holds. Sequence numbers go on.
   * @returns how many events are lost by this; those of the framework are none, since it makes good for them itself.
   */
  giveUp(): number {
    const lost = this.userEvents;
    this.#lost += lost;
    for (const entry of this.#queue.held) if (entry.kind === 'skipped') this.#lost += entry.last - entry.first + 1;
    this.#queue.clear();
    this.#open.clear();
    this.#open.dropSpares();
    this.#events = 0;
    this.#kept = 0;
    this.#bytes = 0;
    this.#backlog = 0;
    // The next hello says from where on it holds events; the peer acknowledges what it skips by that.
    this.#sentUpTo = this.#assigned;
    return lost;
  }

  /** An event of `size` bytes more. A frame that has grown large enough does not wait for the end of the turn. */
  #count(size: number): void {
    this.#assigned += 1;
    this.#events += 1;
    this.#bytes += size;
    this.#backlog += size;
    if (this.#open.size > eagerSize) this.flush();
  }

  /** Takes an entry out of the account. @returns how many events it has. */
  #forget({ first, last, size, kept }: Batch | Large): number {
    const count = last - first + 1;
    this.#events -= count;
    this.#kept -= kept;
    this.#bytes -= size;
    return count;
  }

  #seal(): void {
    const { count, size, kept } = this.#open;
    if (count === 0) return;
    const first = this.#assigned - count + 1;
    const frame = this.#open.seal(first);
    this.#queue.push({ kind: 'batch', kept, first, last: this.#assigned, size, frame, sent: false });
  }

  #pump(sink: FrameSink): void {
    for (let entry = this.#queue.next; entry !== undefined; entry = this.#queue.next) {
      if (entry.kind === 'batch') {
        if (!this.#sendBatch(sink, entry)) return;
      } else if (entry.kind === 'large') {
        if (!this.#sendLarge(sink, entry)) return;
      } else {
        sink.sendGap(entry);
      }
      this.#queue.advance();
      if (entry.kind !== 'skipped') this.#backlog -= entry.size;
      this.#sentUpTo = Math.max(this.#sentUpTo, entry.last);
    }
  }

  #sendBatch(sink: FrameSink, batch: Batch): boolean {
    const { headroom } = this.#options;
    const size = eventsHeader + batch.size;
    if (this.#sentBytes + size > this.#credit) return false;
    this.#sentBytes += size;
    if (batch.sent) batch.frame = copyOf(batch.frame);
    batch.sent = true;
    sink.send(batch.frame, headroom + 13);
    return true;
  }

  #sendLarge(sink: FrameSink, large: Large): boolean {
    const { headroom, maxFrameSize } = this.#options;
    const { event } = large;
    while (large.offset < event.length) {
      const piece = event.subarray(large.offset, large.offset + maxFrameSize - headroom - chunkHeader);
      const size = chunkHeader + piece.length;
      if (this.#sentBytes + size > this.#credit) return false;
      this.#sentBytes += size;
      const frame = Buffer.allocUnsafeSlow(headroom + size);
      frame[headroom] = frameCode.chunk;
      writeNumber(frame, headroom + 1, large.first);
      frame.writeUInt32BE(large.offset, headroom + 9);
      frame.writeUInt32BE(event.length, headroom + 13);
      frame.set(piece, headroom + chunkHeader);
      large.offset += piece.length;
      sink.send(frame, headroom + 17);
    }
    return true;
  }

  #release(sequence: number): void {
    for (;;) {
      const { oldest, next } = this.#queue;
      if (oldest === undefined || oldest.last > sequence) break;
      this.#queue.shift();
      if (oldest.kind === 'skipped') continue;
      this.#forget(oldest);
      if (oldest === next) this.#backlog -= oldest.size;
      // The peer has it, so no transport will read its memory again.
      if (oldest.kind === 'batch') this.#open.reuse(oldest.frame);
    }
    if (this.#events === 0) this.#open.dropSpares();
  }
}
