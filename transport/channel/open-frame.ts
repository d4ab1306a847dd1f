/**
 * Open frame: the frame of events that is being filled. Sealed, it is a frame that needs only an acknowledgement.
 * Events are encoded right into it, or copied if they go to several peers.
 */
import { type EncodedEvent, EventWriter, type Headers } from '../codec.js';
import { eventsHeader, frameCode, writeNumber, writeUint32 } from '../frames/frames.js';

const firstCapacity = 4 * 1024;
/** Buffers that are kept to be filled again: about as many as are on their way in a window of credit. */
const maxSpares = 16;

export class OpenFrame {
  readonly #headroom: number;
  readonly #bodyStart: number;
  readonly #maxFrameSize: number;
  #writer: EventWriter;
  #count = 0;
  readonly #spares: ArrayBufferLike[] = [];
  /** Events in it that must never be dropped. */
  kept = 0;

  constructor(headroom: number, maxFrameSize: number) {
    this.#headroom = headroom;
    this.#bodyStart = headroom + eventsHeader;
    this.#maxFrameSize = maxFrameSize;
    this.#writer = this.#begin(firstCapacity);
  }

  /** Events in it. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of events in it. */
  get size(): number {
    return this.#writer.length - this.#bodyStart;
  }

  /** Bytes that events can have in one frame. */
  get capacity(): number {
    return this.#maxFrameSize - this.#bodyStart;
  }

  /**
   * Encodes an event into the frame, which it may make larger than {@link capacity}: then take it back.
   * @returns its size by itself; it may have taken less.
   * @throws TypeError for an argument that cannot be sent; the frame is then as it was.
   */
  encode(topic: string, name: string, args: readonly unknown[], headers: Headers | undefined): number {
    const size = this.#writer.append(topic, name, args, headers);
    this.#count += 1;
    return size;
  }

  /** Takes the event out again that was encoded last, when the frame had `size` bytes. @returns a copy of it. */
  takeBack(size: number): EncodedEvent {
    this.#count -= 1;
    return this.#writer.takeBack(this.#bodyStart + size);
  }

  /** Adds an encoded event, of which it keeps a copy. */
  append(event: EncodedEvent): void {
    this.#writer.appendEncoded(event);
    this.#count += 1;
  }

  /** Closes the frame, whose first event has the sequence number `first`, and begins the next. */
  seal(first: number): Uint8Array {
    const { bytes, length } = this.#writer;
    bytes[this.#headroom] = frameCode.events;
    writeNumber(bytes, this.#headroom + 1, first);
    writeUint32(bytes, this.#headroom + 9, this.#count);
    const frame = bytes.subarray(0, length);
    // A frame that fills its buffer well takes it along; a small one is copied out, so that it does not hold the whole.
    const fillsBuffer = length > bytes.length / 2;
    if (fillsBuffer) this.#writer = this.#begin(bytes.length);
    this.clear();
    return fillsBuffer ? frame : copyOf(frame);
  }

  /**
   * Takes the memory of a frame back that nobody reads any more, if it is of full size. Memory that is used again costs no
   * collection of garbage: V8 marks the whole heap whenever 64 MB of new buffers were made.
   */
  reuse({ buffer }: Uint8Array): void {
    if (buffer.byteLength === this.#maxFrameSize && this.#spares.length < maxSpares) this.#spares.push(buffer);
  }

  dropSpares(): void {
    this.#spares.length = 0;
  }

  clear(): void {
    this.#writer.clear();
    this.#count = 0;
    this.kept = 0;
  }

  #begin(capacity: number): EventWriter {
    const isFull = capacity > this.#maxFrameSize / 2;
    return new EventWriter(isFull ? (this.#spares.pop() ?? this.#maxFrameSize) : capacity, this.#bodyStart);
  }
}

/** A copy in memory of its own; `slice()` of a Buffer is none. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
