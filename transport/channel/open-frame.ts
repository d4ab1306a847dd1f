/**
 * Open frame: the frame of events that is being filled. Sealed, it is a frame that needs only an acknowledgement.
 */
import { eventsHeader, frameCode, writeNumber, writeUint32 } from '../frames/frames.js';

const firstBufferSize = 4 * 1024;

export class OpenFrame {
  readonly #headroom: number;
  readonly #bodyStart: number;
  readonly #maxFrameSize: number;
  #buffer: Uint8Array | undefined;
  #size = 0;
  #count = 0;
  /** Whether it carries an event that must never be dropped. */
  isKept = false;

  constructor(headroom: number, maxFrameSize: number) {
    this.#headroom = headroom;
    this.#bodyStart = headroom + eventsHeader;
    this.#maxFrameSize = maxFrameSize;
  }

  /** Events in it. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of events in it. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that events can have in one frame. */
  get capacity(): number {
    return this.#maxFrameSize - this.#bodyStart;
  }

  append(event: Uint8Array): void {
    const start = this.#bodyStart + this.#size;
    let buffer = this.#buffer;
    if (buffer === undefined || buffer.length < start + event.length) buffer = this.#grow(start + event.length);
    buffer.set(event, start);
    this.#size += event.length;
    this.#count += 1;
  }

  /** Closes the frame, whose first event has the sequence number `first`, and begins the next. */
  seal(first: number): Uint8Array {
    const buffer = this.#buffer ?? this.#grow(this.#bodyStart);
    buffer[this.#headroom] = frameCode.events;
    writeNumber(buffer, this.#headroom + 1, first);
    writeUint32(buffer, this.#headroom + 9, this.#count);
    const frame = buffer.subarray(0, this.#bodyStart + this.#size);
    this.clear();
    // A frame that fills its buffer well keeps it; a small one is copied out, so that it does not hold the whole.
    if (frame.length <= buffer.length / 2) return copyOf(frame);
    this.#buffer = undefined;
    return frame;
  }

  clear(): void {
    this.#size = 0;
    this.#count = 0;
    this.isKept = false;
  }

  #grow(needed: number): Uint8Array {
    const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(firstBufferSize, 2 * needed), this.#maxFrameSize));
    if (this.#buffer !== undefined) grown.set(this.#buffer.subarray(0, this.#bodyStart + this.#size));
    this.#buffer = grown;
    return grown;
  }
}

/** A copy in memory of its own; `slice()` of a Buffer is none. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
