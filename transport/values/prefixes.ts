/**
 * Prefixes: topic and name of an event as they stand at its beginning. A node has few of them and sends and receives
 * each a million times, so they are encoded and decoded once. Both tables are bounded; a peer that invents topics
 * pushes others out and gains no memory.
 */
import { ByteWriter } from './byte-writer.js';
import { maxNameBytes, maxTopicBytes } from './limits.js';

export interface Prefix {
  readonly topic: string;
  readonly name: string;
  /** Bytes of topic and name. */
  readonly length: number;
  /** These bytes, and up to three that mean nothing: it is copied and compared four bytes at a time. */
  readonly view: DataView;
}

const maxEncoded = 1_024;
/** A power of two. */
const slots = 256;

const encoded = new Map<string, Map<string, Prefix>>();
let encodedCount = 0;
let lastEncoded: Prefix | undefined;

const decoded: (Prefix | undefined)[] = new Array(slots).fill(undefined);

/** @throws {TypeError} if topic or name is no string, too long, or has a lone surrogate. */
export function prefixOf(topic: string, name: string): Prefix {
  if (lastEncoded !== undefined && lastEncoded.topic === topic && lastEncoded.name === name) return lastEncoded;
  lastEncoded = encoded.get(topic)?.get(name) ?? encodePrefix(topic, name);
  return lastEncoded;
}

function encodePrefix(topic: string, name: string): Prefix {
  const writer = new ByteWriter(64);
  writeName(writer, 'topic', topic, maxTopicBytes);
  writeName(writer, 'event name', name, maxNameBytes);
  const { length } = writer;
  writer.reserve(3);
  const prefix = { topic, name, length, view: writer.view };
  if (encodedCount >= maxEncoded) {
    encoded.clear();
    encodedCount = 0;
  }
  encodedCount++;
  const names = encoded.get(topic);
  if (names === undefined) encoded.set(topic, new Map([[name, prefix]]));
  else names.set(name, prefix);
  return prefix;
}

function writeName(writer: ByteWriter, what: string, value: unknown, maxBytes: number): void {
  if (typeof value !== 'string') throw new TypeError(`${what}: a string is needed, not ${typeof value}`);
  const size = Buffer.byteLength(value);
  if (size > maxBytes) throw new TypeError(`${what}: ${size} bytes, and ${maxBytes} is the limit`);
  if (!writer.string(value)) throw new TypeError(`${what}: a string with a lone surrogate cannot be sent`);
}

/** The prefix whose bytes are those of `view` from `start` to `end`, if it was seen lately. */
export function findDecoded(view: DataView, start: number, end: number): Prefix | undefined {
  const prefix = decoded[slotOf(view, start, end)];
  return prefix !== undefined && prefix.length === end - start && startsWith(view, start, end, prefix)
    ? prefix
    : undefined;
}

/** Remembers what the bytes of `view` from `start` to `end` have turned out to mean. */
export function rememberDecoded(view: DataView, start: number, end: number, topic: string, name: string): Prefix {
  const length = end - start;
  const copy = new Uint8Array((length + 3) & ~3);
  copy.set(new Uint8Array(view.buffer, view.byteOffset + start, length));
  const prefix = { topic, name, length, view: new DataView(copy.buffer) };
  decoded[slotOf(view, start, end)] = prefix;
  return prefix;
}

/** Whether `prefix` stands at `start`. It may not reach beyond `end`. */
export function startsWith(view: DataView, start: number, end: number, prefix: Prefix): boolean {
  const { length, view: own } = prefix;
  if (length > end - start) return false;
  const words = length & ~3;
  for (let i = 0; i < words; i += 4) if (view.getInt32(start + i) !== own.getInt32(i)) return false;
  for (let i = words; i < length; i++) if (view.getUint8(start + i) !== own.getUint8(i)) return false;
  return true;
}

function slotOf(view: DataView, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i + 4 <= end; i += 4) hash = Math.imul(hash ^ view.getInt32(i), 0x9e3779b1);
  return (hash ^ (hash >>> 15)) & (slots - 1);
}
