/**
 * Prefixes: topic and name of an event as they stand at its beginning. A node has few of them and sends each a
 * million times, so they are checked and encoded once.
 */
import { type Bytes, copyBytes } from './byte-table.js';
import { ByteWriter } from './byte-writer.js';
import { maxNameBytes, maxTopicBytes } from './limits.js';

export interface Prefix extends Bytes {
  readonly topic: string;
  readonly name: string;
}

/** Beyond this many all are forgotten: topics may be made up at run time, too. */
const maxPrefixes = 1_024;

const prefixes = new Map<string, Map<string, Prefix>>();
let count = 0;
let last: Prefix | undefined;

/** @throws {TypeError} if topic or name is no string, too long, or has a lone surrogate. */
export function prefixOf(topic: string, name: string): Prefix {
  if (last === undefined || last.topic !== topic || last.name !== name) {
    last = prefixes.get(topic)?.get(name) ?? encodePrefix(topic, name);
  }
  return last;
}

function encodePrefix(topic: string, name: string): Prefix {
  const writer = new ByteWriter(64);
  writeName(writer, 'topic', topic, maxTopicBytes);
  writeName(writer, 'event name', name, maxNameBytes);
  const prefix = { ...copyBytes(writer.view, 0, writer.length), topic, name };
  if (count === maxPrefixes) {
    prefixes.clear();
    count = 0;
  }
  count++;
  const names = prefixes.get(topic);
  if (names === undefined) prefixes.set(topic, new Map([[name, prefix]]));
  else names.set(name, prefix);
  return prefix;
}

function writeName(writer: ByteWriter, what: string, value: unknown, maxBytes: number): void {
  if (typeof value !== 'string') throw new TypeError(`${what}: a string is needed, not ${typeof value}`);
  const size = Buffer.byteLength(value);
  if (size > maxBytes) throw new TypeError(`${what}: ${size} bytes, and ${maxBytes} is the limit`);
  if (!writer.string(value)) throw new TypeError(`${what}: a string with a lone surrogate cannot be sent`);
}
