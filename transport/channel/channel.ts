/**
 * Channel: both directions of a peering between two lifetimes, with the acknowledgements that tie them together.
 * An acknowledgement travels in the header of event frames that go back anyway; alone only when credit runs low,
 * when many events wait for it, or after {@link ackDelay}.
 */
import type { Runtime, TimerHandle } from '../../runtime.js';
import { type Ack, type LossReason, readNumber, type Session, writeNumber } from '../frames/frames.js';
import { readAck, readGap } from '../frames/reader.js';
import { FrameWriter } from '../frames/writer.js';
import { type Deliver, Inbox } from './inbox.js';
import { Outbox } from './outbox.js';

/** An event is acknowledged after so many ms at the latest. */
const ackDelay = 20;
/** So many events are acknowledged at once. */
const ackCount = 1_024;

export interface ChannelOptions {
  readonly runtime: Runtime;
  readonly headroom: number;
  readonly maxFrameSize: number;
  readonly window: number;
  readonly maxEventSize: number;
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly deliver: Deliver;
  lost(count: number, reason: LossReason): void;
  /**
   * Told from time to time how many ms passed from an event's frame to its acknowledgement: never of two at once. Absent:
   * nothing is measured.
   */
  readonly acknowledged?: ((delay: number) => void) | undefined;
}

export class Channel {
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly #options: ChannelOptions;
  readonly #write: FrameWriter;
  #send: ((frame: Uint8Array) => void) | undefined;
  #ackTimer: TimerHandle | undefined;
  /** What the peer has been told on this link. */
  #told = { sequence: 0, credit: 0 };
  /** Revision of the peer's subscriptions that is in force here; acknowledged like events. */
  #revision = 0;
  /** The event whose acknowledgement is timed, and since when; 0 for none. */
  #timed = 0;
  #timedSince = 0;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#write = new FrameWriter(options.headroom);
    this.outbox = new Outbox(options);
    this.inbox = new Inbox({ ...options, progress: () => this.#progress() });
  }

  /** What this end knows, for a hello to the lifetime `id`. */
  session(id: string): Session {
    return {
      id,
      received: this.inbox.received,
      oldest: this.outbox.oldest,
      assigned: this.outbox.assigned,
      lost: this.outbox.lost,
    };
  }

  /**
   * Begins on a new link. `theirs` is what the peer's hello says of this lifetime, if it remembers it.
   * @throws {@link MusterError} `MUSTER_FRAME_INVALID` if that cannot be.
   */
  attach(send: (frame: Uint8Array) => void, credit: number, revision: number, theirs: Session | undefined): void {
    this.#send = send;
    this.#revision = revision;
    this.inbox.attach(theirs?.oldest ?? 1, theirs?.lost ?? 0);
    this.#told = { sequence: this.inbox.received, credit: this.inbox.credit };
    this.outbox.attach(
      {
        send: (frame, stampAt) => {
          this.#stamp(frame, stampAt);
          if (this.#timed === 0 && this.#options.acknowledged !== undefined) this.#time(frame);
          send(frame);
        },
        sendGap: (gap) => send(this.#write.gap(gap)),
      },
      credit,
      theirs?.received ?? 0,
    );
  }

  detach(): void {
    this.#send = undefined;
    this.#timed = 0;
    this.outbox.detach();
    this.inbox.detach();
    this.#options.runtime.clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
  takeEvents(frame: Uint8Array): void {
    this.#takeStamp(frame, this.#options.headroom + 13);
    this.inbox.takeEvents(frame);
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
  takeChunk(frame: Uint8Array): void {
    this.#takeStamp(frame, this.#options.headroom + 17);
    this.inbox.takeChunk(frame);
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
  takeGap(frame: Uint8Array): void {
    this.inbox.takeGap(readGap(frame, this.#options.headroom));
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
  takeAck(frame: Uint8Array): Ack {
    const ack = readAck(frame, this.#options.headroom);
    this.#acknowledged(ack.sequence, ack.credit);
    return ack;
  }

  /** The peer's subscriptions as of `revision` are in force here, and it is told so at once. */
  confirm(revision: number): void {
    this.#revision = revision;
    this.acknowledge();
  }

  /** Tells the peer at once what has been received. */
  acknowledge(): void {
    const { received, credit } = this.inbox;
    this.#told = { sequence: received, credit };
    this.#send?.(this.#write.ack({ sequence: received, credit, revision: this.#revision }));
  }

  #takeStamp(frame: Uint8Array, offset: number): void {
    this.#acknowledged(readNumber(frame, offset), readNumber(frame, offset + 8));
  }

  #acknowledged(sequence: number, credit: number): void {
    this.outbox.acknowledge(sequence, credit);
    if (this.#timed === 0 || sequence < this.#timed) return;
    this.#timed = 0;
    this.#options.acknowledged?.(this.#options.runtime.monotonic() - this.#timedSince);
  }

  #time(frame: Uint8Array): void {
    this.#timed = readNumber(frame, this.#options.headroom + 1);
    this.#timedSince = this.#options.runtime.monotonic();
  }

  #stamp(frame: Uint8Array, offset: number): void {
    const { received, credit } = this.inbox;
    this.#told = { sequence: received, credit };
    writeNumber(frame, offset, received);
    writeNumber(frame, offset + 8, credit);
  }

  #progress(): void {
    if (this.#send === undefined) return;
    const { received, credit } = this.inbox;
    if (received - this.#told.sequence >= ackCount || credit - this.#told.credit >= this.#options.window / 4) {
      this.acknowledge();
    } else {
      this.#ackTimer ??= this.#options.runtime.setTimeout(() => {
        this.#ackTimer = undefined;
        if (this.inbox.received > this.#told.sequence || this.inbox.credit > this.#told.credit) this.acknowledge();
      }, ackDelay);
    }
  }
}
