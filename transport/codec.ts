/**
 * Codec: what users send, as bytes and back. An event is three msgpack values in a row: topic, name, arguments; those that
 * have headers have a map of them behind. Of several events in a row, one that has topic and name of the one before has a
 * nil in their place: that saves most of what a small event takes.
 * `docs/values.md` says how each kind of value is written, for whoever speaks the protocol in another language.
 * What cannot be sent is a `TypeError` at the caller that names the path; what a peer sends is a value or a
 * {@link MusterError} `MUSTER_FRAME_INVALID`, and nothing is given out of a frame that is not whole.
 */
import { putBytes } from './values/byte-table.js';
import { ByteWriter } from './values/byte-writer.js';
import type { Headers } from './values/headers.js';
import { maxElements, maxHeaderBytes, maxHeaderNameBytes, maxHeaders } from './values/limits.js';
import { type Prefix, prefixOf } from './values/prefixes.js';
import { readEvents, readOnly, repeated } from './values/reader.js';
import { refuseReentry, writeStructured } from './values/structured.js';

export type { Headers } from './values/headers.js';
export { maxDepth, maxElements, maxNameBytes, maxTopicBytes } from './values/limits.js';

const firstCapacity = 0x4000;
/** A buffer that grew larger than this for one event is not kept. */
const keptCapacity = 0x400000;
/** Less than this is copied out of the scratch buffer; more takes the buffer away with it. */
const copiedSize = 0x8000;

/**
 * A buffer of events, one after the other: `bytes` up to `length`. Not reusable while something else still reads `bytes`.
 */
export class EventWriter extends ByteWriter {
  readonly #start: number;
  /** Topic and name of the event before. */
  #last: Prefix | undefined;

  /** @param start - Bytes that are left free before the first event. */
  constructor(memory: number | ArrayBufferLike = firstCapacity, start = 0) {
    super(memory);
    this.#start = start;
    this.length = start;
  }

  /**
   * Appends an event.
   * @returns How many bytes it has by itself; it may have taken less.
   * @throws {TypeError} naming the argument and the path in it that cannot be sent; nothing is then appended.
   */
  append(topic: string, name: string, args: readonly unknown[], headers?: Headers): number {
    refuseReentry();
    const start = this.length;
    const prefix = prefixOf(topic, name);
    const isRepeated = prefix === this.#last;
    try {
      if (isRepeated) this.byte(repeated);
      else this.#prefix(prefix);
      this.#arguments(args);
      if (headers !== undefined) this.#headers(headers);
    } catch (error) {
      this.length = start;
      throw error;
    }
    this.#last = prefix;
    const taken = this.length - start;
    return isRepeated ? taken - 1 + prefix.length : taken;
  }

  /** Appends an event that was encoded before. */
  appendEncoded({ bytes, prefix }: EncodedEvent): void {
    if (prefix === this.#last) {
      this.byte(repeated);
      this.raw(bytes.subarray(prefix.length));
    } else {
      this.raw(bytes);
      this.#last = prefix;
    }
  }

  /** Takes out the event that was appended last, and began at `start`. @returns a copy of it, as it is by itself. */
  takeBack(start: number): EncodedEvent {
    const prefix = this.#last as Prefix;
    const isRepeated = this.bytes[start] === repeated;
    const rest = this.bytes.subarray(isRepeated ? start + 1 : start + prefix.length, this.length);
    const copy = new ByteWriter(prefix.length + rest.length);
    putBytes(copy.view, 0, prefix);
    copy.bytes.set(rest, prefix.length);
    this.length = start;
    if (!isRepeated) this.#last = undefined;
    return { bytes: copy.bytes, prefix };
  }

  /** Drops all events. */
  clear(): void {
    this.length = this.#start;
    this.#last = undefined;
  }

  #prefix(prefix: Prefix): void {
    this.reserve(prefix.length);
    putBytes(this.view, this.length, prefix);
    this.length += prefix.length;
  }

  #arguments(args: readonly unknown[]): void {
    let elements = args.length;
    if (elements > maxElements) throw new TypeError(`args: more than ${maxElements} elements cannot be sent`);
    this.array(elements);
    for (let i = 0; i < args.length; i++) {
      const value = args[i];
      if (!this.flat(value)) elements = writeStructured(this, value, i, elements);
    }
  }

  #headers(headers: Headers): void {
    const entries = Object.entries(headers);
    if (entries.length === 0 || entries.length > maxHeaders)
      throw new TypeError(`headers: 1 to ${maxHeaders} can be sent`);
    this.byte(0x80 | entries.length);
    for (const [name, value] of entries) {
      this.#header(name, maxHeaderNameBytes);
      this.#header(value, maxHeaderBytes);
    }
  }

  #header(text: string | undefined, maxBytes: number): void {
    if (typeof text !== 'string' || Buffer.byteLength(text) > maxBytes || !this.string(text)) {
      throw new TypeError(
        `headers: names of ${maxHeaderNameBytes} bytes and values of ${maxHeaderBytes} at most can be sent`,
      );
    }
  }
}

/** An event by itself. */
export interface EncodedEvent {
  readonly bytes: Uint8Array;
  /** With which they begin. */
  readonly prefix: Prefix;
}

let scratch = new EventWriter();

/**
 * Encodes one event, for whoever copies it into several places; {@link EventWriter} saves the copy where there is one.
 * @returns A view of a buffer that the next call of any function here overwrites.
 * @throws {TypeError} as {@link EventWriter.append} does.
 */
export function encodeEvent(topic: string, name: string, args: readonly unknown[], headers?: Headers): EncodedEvent {
  const writer = freshScratch();
  writer.append(topic, name, args, headers);
  return { bytes: writer.bytes.subarray(0, writer.length), prefix: prefixOf(topic, name) };
}

/**
 * Reads the `count` events of which `body` consists, and only once all of them have proved good gives them to `each`,
 * in order, with the bytes that each has by itself. The arguments are the caller's: nothing in them is a view of `body`. What `each`
 * throws is passed on.
 * @throws {MusterError} `MUSTER_FRAME_INVALID`; `each` has then not been called.
 */
export function decodeEvents(
  body: Uint8Array,
  count: number,
  each: (topic: string, name: string, args: unknown[], size: number, headers: Headers | undefined) => void,
): void {
  const { parts, headers } = readEvents(body, count);
  for (let i = 0; i < parts.length; i += 4) {
    const own = headers === undefined ? undefined : headers[i >> 2];
    each(parts[i] as string, parts[i + 1] as string, parts[i + 2] as unknown[], parts[i + 3] as number, own);
  }
}

/**
 * Encodes one value. The bytes belong to the caller.
 * @param called - What the value is called in messages.
 * @throws {TypeError} naming the path in it that cannot be sent.
 */
export function encodeValue(value: unknown, called = 'value'): Uint8Array {
  refuseReentry();
  const writer = freshScratch();
  if (!writer.flat(value)) writeStructured(writer, value, called, 0);
  const bytes = new Uint8Array(writer.bytes.buffer, 0, writer.length);
  if (writer.length < copiedSize) return bytes.slice();
  scratch = new EventWriter();
  return bytes;
}

/**
 * Reads the one value of which `bytes` consists. Nothing in it is a view of `bytes`.
 * @throws {MusterError} `MUSTER_FRAME_INVALID`.
 */
export function decodeValue(bytes: Uint8Array): unknown {
  return readOnly(bytes);
}

function freshScratch(): EventWriter {
  if (scratch.bytes.length > keptCapacity) scratch = new EventWriter();
  scratch.clear();
  return scratch;
}
