/**
 * Inbox: the events that one node gets from another, in order, each once.
 * Drops what it has seen, refuses what does not follow, puts large events together, and returns credit as events are
 * handled. It outlives links: what it has seen of one lifetime of the peer holds for as long as that lifetime.
 */
import { decodeEvents, type Headers } from '../codec.js';
import {
  type Bye,
  chunkHeader,
  eventsHeader,
  type Gap,
  invalid,
  type LossReason,
  readNumber,
  readUint32,
} from '../frames/frames.js';

export type Deliver = (
  topic: string,
  name: string,
  args: unknown[],
  size: number,
  headers: Headers | undefined,
) => Promise<unknown> | undefined;

export interface InboxOptions {
  readonly headroom: number;
  /** Bytes of event frames that may be on their way or unhandled. */
  readonly window: number;
  /** Bytes that one event may have. */
  readonly maxEventSize: number;
  /** Handles one event, of `size` bytes. Its credit returns when the promise, if any, settles. */
  deliver: Deliver;
  /** Events that will never come. */
  lost(count: number, reason: LossReason): void;
  /** Something is to be acknowledged. */
  progress(): void;
}

interface Partial {
  readonly sequence: number;
  readonly total: number;
  readonly pieces: Uint8Array[];
  size: number;
}

export class Inbox {
  readonly #options: InboxOptions;
  #received = 0;
  /** What the peer said at the last link it had given up in all. */
  #givenUp = 0;
  #partial: Partial | undefined;
  /** Bytes taken on the present link and handled; with the window added, the credit that is granted. */
  #handledBytes = 0;
  /** Bytes that have come on the present link. */
  #takenBytes = 0;
  /** Distinguishes the links, so that an event of an old link that is handled late returns no credit on the new one. */
  #link = 0;
  #attached = false;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Last sequence number received. */
  get received(): number {
    return this.#received;
  }

  /** Bytes in total that the peer may send on this link. */
  get credit(): number {
    return this.#handledBytes + this.#options.window;
  }

  /**
   * Begins on a new link. The peer still has everything from `oldest` on; what lies between is given up. `givenUp` says how
   * many events of users it has given up in all: the others, of the framework, are no loss.
   */
  attach(oldest: number, givenUp: number): void {
    this.#link += 1;
    this.#attached = true;
    this.#handledBytes = 0;
    this.#takenBytes = 0;
    this.#partial = undefined;
    const missing = oldest - 1 - this.#received;
    // Some of what was given up may have come, without the peer having heard of it.
    const lost = Math.min(missing, givenUp - this.#givenUp);
    this.#givenUp = givenUp;
    if (missing > 0) this.#skip(oldest - 1, lost, 'resume interval over');
  }

  detach(): void {
    this.#attached = false;
    this.#partial = undefined;
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID`; then none of the frame's events was delivered. */
  takeEvents(frame: Uint8Array): void {
    const { headroom, deliver } = this.#options;
    const first = readNumber(frame, headroom + 1);
    const count = readUint32(frame, headroom + 9);
    const last = first + count - 1;
    if (count === 0) throw invalid('events frame without an event');
    this.#checkOrder(first);
    const size = frame.length - headroom;
    this.#checkCredit(size);
    if (last <= this.#received) {
      this.#handled(size);
      return;
    }
    let sequence = first - 1;
    const pending: Promise<unknown>[] = [];
    decodeEvents(frame.subarray(headroom + eventsHeader), count, (topic, name, args, bytes, headers) => {
      sequence += 1;
      if (sequence <= this.#received || !this.#attached) return;
      this.#received = sequence;
      const handling = deliver(topic, name, args, bytes, headers);
      if (handling !== undefined) pending.push(handling);
    });
    this.#settle(size, pending);
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
  takeChunk(frame: Uint8Array): void {
    const { headroom, maxEventSize, deliver } = this.#options;
    const sequence = readNumber(frame, headroom + 1);
    const offset = readUint32(frame, headroom + 9);
    const total = readUint32(frame, headroom + 13);
    const piece = frame.subarray(headroom + chunkHeader);
    const size = frame.length - headroom;
    this.#checkOrder(sequence);
    this.#checkCredit(size);
    if (sequence <= this.#received) {
      this.#handled(size);
      return;
    }
    if (total > maxEventSize) throw invalid(`event of ${total} bytes, this node takes ${maxEventSize} (maxEventSize)`);
    if (offset === 0) this.#partial = { sequence, total, pieces: [], size: 0 };
    const partial = this.#partial;
    if (partial?.sequence !== sequence || partial.total !== total || partial.size !== offset) {
      throw invalid(`piece at ${offset} of event ${sequence} does not follow`);
    }
    if (piece.length === 0 || offset + piece.length > total) throw invalid(`piece at ${offset} has a wrong size`);
    partial.pieces.push(piece);
    partial.size += piece.length;
    if (partial.size < total) {
      this.#handled(size);
      return;
    }
    this.#partial = undefined;
    let handling: Promise<unknown> | undefined;
    decodeEvents(Buffer.concat(partial.pieces), 1, (topic, name, args, bytes, headers) => {
      this.#received = sequence;
      handling = deliver(topic, name, args, bytes, headers);
    });
    this.#settle(size, handling === undefined ? [] : [handling]);
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
  takeGap(gap: Gap): void {
    this.#checkOrder(gap.first);
    if (gap.last <= this.#received) return;
    this.#skip(gap.last, gap.last - this.#received, gap.reason);
    this.#options.progress();
  }

  /** The peer has said bye: what has not come by now never will. */
  end({ last, unacknowledged }: Bye): void {
    if (last > this.#received) this.#skip(last, Math.min(last - this.#received, unacknowledged), 'peer left');
  }

  #checkOrder(first: number): void {
    if (first > this.#received + 1) throw invalid(`event ${first} follows event ${this.#received}`);
  }

  #checkCredit(size: number): void {
    this.#takenBytes += size;
    if (this.#takenBytes > this.credit)
      throw invalid(`${this.#takenBytes - this.credit} bytes of events beyond the credit`);
  }

  /** Events up to `last` will not come, of which `lost` are a loss. */
  #skip(last: number, lost: number, reason: LossReason): void {
    this.#partial = undefined;
    this.#received = last;
    if (lost > 0) this.#options.lost(lost, reason);
  }

  #settle(size: number, pending: readonly Promise<unknown>[]): void {
    if (pending.length === 0) {
      this.#handled(size);
      return;
    }
    const link = this.#link;
    void Promise.allSettled(pending).then(() => {
      if (link === this.#link && this.#attached) this.#handled(size);
    });
    this.#options.progress();
  }

  #handled(size: number): void {
    this.#handledBytes += size;
    this.#options.progress();
  }
}
