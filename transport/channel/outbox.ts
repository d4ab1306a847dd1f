/**
 * Outbox: the events that one node has for another, from `publish` to acknowledgement.
 * Assigns sequence numbers, gathers events into frames, sends as far as credit goes, keeps what is not acknowledged,
 * and sends that again on the next link. It outlives links: it belongs to two lifetimes, of this node and its peer.
 */
import {
  chunkHeader,
  eventsHeader,
  frameCode,
  type Gap,
  invalid,
  type LossReason,
  writeNumber,
} from '../frames/frames.js';

export interface OutboxOptions {
  /** Bytes that the transport fills in at the start of a frame. */
  readonly headroom: number;
  /** Bytes a frame has at most, headroom included. */
  readonly maxFrameSize: number;
  /** Bounds of what is kept. An event more than that is refused by {@link Outbox.fill}, not by {@link Outbox.append}. */
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/** Where frames go while a link is attached. `stampAt` is where the acknowledgement belongs; a gap has none. */
export interface FrameSink {
  send(frame: Uint8Array, stampAt: number): void;
  sendGap(gap: Gap): void;
}

/** Events that leave in one frame. `sent`: the buffer has been given to a transport and must not change any more. */
interface Batch {
  readonly kind: 'batch';
  readonly first: number;
  readonly last: number;
  frame: Uint8Array;
  sent: boolean;
}

/** One event that is too large for a frame; `offset` of it have been sent on the present link. */
interface Large {
  readonly kind: 'large';
  readonly first: number;
  readonly last: number;
  readonly event: Uint8Array;
  offset: number;
}

/** Events that will never be sent. */
interface Skipped {
  readonly kind: 'skipped';
  readonly first: number;
  last: number;
  readonly reason: LossReason;
}

type Entry = Batch | Large | Skipped;

/** A frame that is being filled is sent when it has grown beyond this, even before the turn ends. */
const eagerSize = 32 * 1024;
const firstBufferSize = 4 * 1024;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #bodyStart: number;
  readonly #largestInFrame: number;

  /** Sealed entries in order; those before `#head` are acknowledged and gone, those from `#next` on are not sent. */
  #entries: (Entry | undefined)[] = [];
  #head = 0;
  #next = 0;

  /** The frame that is being filled. */
  #open: Uint8Array | undefined;
  #openSize = 0;
  #openCount = 0;

  #assigned = 0;
  #sentUpTo = 0;
  #events = 0;
  #bytes = 0;

  #sink: FrameSink | undefined;
  #sentBytes = 0;
  #credit = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#bodyStart = options.headroom + eventsHeader;
    this.#largestInFrame = options.maxFrameSize - this.#bodyStart;
  }

  /** Last sequence number assigned. */
  get assigned(): number {
    return this.#assigned;
  }

  /** First sequence number that is still held; `assigned + 1` if none is. */
  get oldest(): number {
    return this.#entries[this.#head]?.first ?? this.#assigned - this.#openCount + 1;
  }

  /** Events kept, in number and in bytes: not sent, or sent and not acknowledged. */
  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How full it would be with `size` bytes more: above 1 is beyond its bounds. */
  fill(size: number): number {
    const { maxEvents, maxBytes } = this.#options;
    return Math.max((this.#events + 1) / maxEvents, (this.#bytes + size) / maxBytes);
  }

  /** Takes an encoded event, of which it keeps a copy. It leaves at the next {@link flush}, or before. */
  append(event: Uint8Array): void {
    const size = event.length;
    if (size > this.#largestInFrame) {
      this.#seal();
      this.#assigned += 1;
      this.#push({ kind: 'large', first: this.#assigned, last: this.#assigned, event: copyOf(event), offset: 0 });
    } else {
      if (this.#bodyStart + this.#openSize + size > this.#options.maxFrameSize) this.#seal();
      const buffer = this.#bufferFor(size);
      buffer.set(event, this.#bodyStart + this.#openSize);
      this.#openSize += size;
      this.#openCount += 1;
      this.#assigned += 1;
    }
    this.#events += 1;
    this.#bytes += size;
    if (this.#openSize > eagerSize) this.flush();
  }

  /** Gives the next sequence number to an event that will not be sent, so that the receiver learns of the loss. */
  skip(reason: LossReason): void {
    this.#seal();
    this.#assigned += 1;
    const newest = this.#entries.at(-1);
    if (newest?.kind === 'skipped' && newest.reason === reason && this.#next < this.#entries.length) {
      newest.last = this.#assigned;
    } else {
      this.#push({ kind: 'skipped', first: this.#assigned, last: this.#assigned, reason });
    }
  }

  /** Sends what credit allows. What has to wait stays in the open frame, so that it leaves in few, full ones. */
  flush(): void {
    if (this.#sink === undefined) return;
    this.#pump(this.#sink);
    if (this.#next === this.#entries.length && this.#openCount > 0) {
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
    this.#next = this.#head;
    for (const entry of this.#entries.slice(this.#head)) if (entry?.kind === 'large') entry.offset = 0;
    this.#sink = sink;
    this.#sentBytes = 0;
    this.#credit = credit;
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

  /** Forgets everything that it holds. Sequence numbers go on. @returns how many events are lost by this. */
  giveUp(): number {
    const lost = this.#events;
    this.#entries = [];
    this.#head = 0;
    this.#next = 0;
    this.#open = undefined;
    this.#openSize = 0;
    this.#openCount = 0;
    this.#events = 0;
    this.#bytes = 0;
    // The next hello says from where on it holds events; the peer acknowledges what it skips by that.
    this.#sentUpTo = this.#assigned;
    return lost;
  }

  #push(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** The open frame, with room for `size` bytes more. */
  #bufferFor(size: number): Uint8Array {
    const needed = this.#bodyStart + this.#openSize + size;
    const open = this.#open;
    if (open !== undefined && open.length >= needed) return open;
    const length = Math.min(Math.max(firstBufferSize, 2 * needed), this.#options.maxFrameSize);
    const grown = Buffer.allocUnsafeSlow(length);
    if (open !== undefined) grown.set(open.subarray(0, this.#bodyStart + this.#openSize));
    this.#open = grown;
    return grown;
  }

  /** Closes the open frame: its header is known now. */
  #seal(): void {
    const open = this.#open;
    if (open === undefined || this.#openCount === 0) return;
    const { headroom } = this.#options;
    const first = this.#assigned - this.#openCount + 1;
    open[headroom] = frameCode.events;
    writeNumber(open, headroom + 1, first);
    const countAt = headroom + 9;
    open[countAt] = this.#openCount >>> 24;
    open[countAt + 1] = this.#openCount >>> 16;
    open[countAt + 2] = this.#openCount >>> 8;
    open[countAt + 3] = this.#openCount;
    const end = this.#bodyStart + this.#openSize;
    // A frame that fills its buffer well keeps it; a small one is copied out, so that it does not hold the whole.
    const keeps = end > open.length / 2;
    this.#push({
      kind: 'batch',
      first,
      last: this.#assigned,
      frame: keeps ? open.subarray(0, end) : copyOf(open.subarray(0, end)),
      sent: false,
    });
    if (keeps) this.#open = undefined;
    this.#openSize = 0;
    this.#openCount = 0;
  }

  #pump(sink: FrameSink): void {
    for (; this.#next < this.#entries.length; this.#next += 1) {
      const entry = this.#entries[this.#next] as Entry;
      if (entry.kind === 'batch') {
        if (!this.#sendBatch(sink, entry)) return;
      } else if (entry.kind === 'large') {
        if (!this.#sendLarge(sink, entry)) return;
      } else {
        sink.sendGap(entry);
      }
      this.#sentUpTo = Math.max(this.#sentUpTo, entry.last);
    }
  }

  #sendBatch(sink: FrameSink, batch: Batch): boolean {
    const size = batch.frame.length - this.#options.headroom;
    if (this.#sentBytes + size > this.#credit) return false;
    this.#sentBytes += size;
    if (batch.sent) batch.frame = copyOf(batch.frame);
    batch.sent = true;
    sink.send(batch.frame, this.#options.headroom + 13);
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
    while (this.#head < this.#entries.length) {
      const entry = this.#entries[this.#head] as Entry;
      if (entry.last > sequence) break;
      this.#entries[this.#head] = undefined;
      this.#head += 1;
      if (entry.kind === 'skipped') continue;
      this.#events -= entry.last - entry.first + 1;
      this.#bytes -= entry.kind === 'large' ? entry.event.length : entry.frame.length - this.#bodyStart;
    }
    if (this.#next < this.#head) this.#next = this.#head;
    if (this.#head > 1_024) {
      this.#entries.splice(0, this.#head);
      this.#next -= this.#head;
      this.#head = 0;
    }
  }
}

/** A copy in memory of its own; `slice()` of a Buffer is none. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
