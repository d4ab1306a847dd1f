/**
 * Reading what a peer has sent: every byte is checked, and the check is the parse, so it yields the values as well.
 * A library such as msgpackr can't do this: it reads more than we allow (records, RegExp, Error, 0xC1), replaces what is no UTF-8,
 * takes the last of two equal keys, and shares its table of extensions with all code of the process.
 *
 * The state is that of the one message being read. Nothing here runs code of the user, so it can't be entered twice.
 */
import { isUtf8 } from 'node:buffer';
import { MusterError } from '../../errors.js';
import { type Bytes, ByteTable, copyBytes, startsWith } from './byte-table.js';
import { type Headers, isTraceparent } from './headers.js';
import {
  extensions,
  maxDepth,
  maxElements,
  maxHeaderBytes,
  maxHeaderNameBytes,
  maxHeaders,
  maxNameBytes,
  maxTopicBytes,
} from './limits.js';
import type { Prefix } from './prefixes.js';

/** The key of an object. */
interface Key extends Bytes {
  readonly text: string;
  /** Every object has such a property, `toString` for one: an assignment could miss where Object.prototype is frozen. */
  readonly inherited: boolean;
}

/** Strings up to this length are cut out of `latin`, longer ones read by native code. */
const cutLength = 24;
/** V8 copies a slice of up to 12 characters; a longer one would keep all of `latin` alive. */
const copiedSlice = 12;
/** Longer strings are checked by native code. */
const scannedString = 256;
/** Bytes that are read as Latin-1 at once. One call of native code for many strings; bytes between them are wasted. */
const latinWindow = 2_048;
/** Keys of the largest object whose keys are remembered. */
const recordSize = 64;
/** Bytes of the longest key that is remembered. */
const knownKey = 64;
const ordinary = { enumerable: true, configurable: true, writable: true };
const maxTime = 8.64e15;

const prefixes = new ByteTable<Prefix>(256);
const keys = new ByteTable<Key>(1_024);

const nothing = Buffer.alloc(0);
const nothingView = new DataView(nothing.buffer, 0, 0);

/** In place of topic and name: those of the event before. As a msgpack value it is nil. */
export const repeated = 0xc0;

let bytes: Buffer = nothing;
let view: DataView = nothingView;
/** Where the next byte is read, and where reading must end. */
let at = 0;
let end = 0;
/** The bytes from `latinStart` on, a character for each. */
let latin = '';
let latinStart = 0;
/** How many values the event has so far. */
let elements = 0;
/** Topic and name of the event before, which most often are those of the next one. */
let last: Prefix | undefined;

/** The events of a body. */
export interface ReadEvents {
  /** Topic, name, arguments and size in bytes by itself of the first, of the second, … */
  readonly parts: readonly unknown[];
  /** By place, of those that have any; `undefined` if none has. */
  readonly headers: readonly (Headers | undefined)[] | undefined;
}

/**
 * Reads `count` events that fill `body`.
 * @throws {MusterError} `MUSTER_FRAME_INVALID`.
 */
export function readEvents(body: Uint8Array, count: number): ReadEvents {
  open(body);
  if (!Number.isInteger(count) || count < 0 || count * 2 > end) fail(`${count} events cannot be in ${end} bytes`);
  const parts = new Array<unknown>(count * 4);
  let headers: (Headers | undefined)[] | undefined;
  let prefix: Prefix | undefined;
  for (let i = 0; i < parts.length; i += 4) {
    const start = at;
    elements = 0;
    let saved = 0;
    if (prefix !== undefined && bytes[at] === repeated) {
      at++;
      saved = prefix.length - 1;
    } else {
      prefix = readPrefix();
    }
    parts[i] = prefix.topic;
    parts[i + 1] = prefix.name;
    parts[i + 2] = readArray(readArrayHead('the arguments of an event'), 0);
    // A topic is a string: a map that stands here belongs to the event before.
    if (at < end && ((bytes[at] as number) & 0xf0) === 0x80) {
      headers ??= [];
      headers[i >> 2] = readHeaders();
    }
    parts[i + 3] = at - start + saved;
  }
  close();
  return { parts, headers };
}

/**
 * Reads the one value that fills `body`.
 * @throws {MusterError} `MUSTER_FRAME_INVALID`.
 */
export function readOnly(body: Uint8Array): unknown {
  open(body);
  elements = 0;
  const value = read(1);
  close();
  return value;
}

function open(body: Uint8Array): void {
  bytes = body instanceof Buffer ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  at = 0;
  end = bytes.length;
  latin = '';
  latinStart = 0;
}

function close(): void {
  if (at !== end) fail(`${end - at} bytes too many`);
  release();
}

/** Keeps nothing of a frame in memory. */
function release(): void {
  bytes = nothing;
  view = nothingView;
  latin = '';
}

function fail(what: string): never {
  const where = `at byte ${at} of ${bytes.length}`;
  release();
  throw new MusterError('MUSTER_FRAME_INVALID', `${what} (${where})`);
}

/** Makes sure that `size` more bytes are there. */
function need(size: number): void {
  if (size > end - at) fail('cut off in the middle of a value');
}

function readPrefix(): Prefix {
  if (last !== undefined && last.length <= end - at && startsWith(view, at, last)) at += last.length;
  else {
    const start = at;
    skipString('a topic', maxTopicBytes);
    skipString('an event name', maxNameBytes);
    last = prefixes.find(view, start, at) ?? prefixes.add(view, start, decodePrefix(start));
  }
  return last;
}

function skipString(what: string, maxBytes: number): void {
  const size = readStringHead(what);
  if (size > maxBytes) fail(`${what} of ${size} bytes, where ${maxBytes} is the limit`);
  need(size);
  at += size;
}

function decodePrefix(start: number): Prefix {
  const bytesOfBoth = copyBytes(view, start, at);
  at = start;
  const topic = readString(readStringHead('a topic'));
  const name = readString(readStringHead('an event name'));
  return { ...bytesOfBoth, topic, name };
}

function readHeaders(): Headers {
  const size = (bytes[at++] as number) & 0x0f;
  if (size === 0 || size > maxHeaders) fail(`${size} headers of an event, where 1 to ${maxHeaders} can be`);
  const headers: Record<string, string> = {};
  for (let i = 0; i < size; i++) {
    const name = readShortString('the name of a header', maxHeaderNameBytes);
    if (name === '' || name in headers) fail(`a header that is called ${JSON.stringify(name)}, or is there twice`);
    headers[name] = readShortString('a header', maxHeaderBytes);
  }
  const { traceparent } = headers;
  if (traceparent !== undefined && !isTraceparent(traceparent)) fail('a header traceparent that is none');
  return headers;
}

function readShortString(what: string, maxBytes: number): string {
  const size = readStringHead(what);
  if (size > maxBytes) fail(`${what} of ${size} bytes, where ${maxBytes} is the limit`);
  return readString(size);
}

function read(depth: number): unknown {
  need(1);
  const code = bytes[at++] as number;
  if ((code & 0xe0) === 0xa0) return readString(code & 0x1f);
  if (code < 0x80) return code;
  if (code < 0x90) return readObject(code & 0x0f, depth);
  if (code < 0xa0) return readArray(code & 0x0f, depth);
  if (code >= 0xe0) return code - 0x100;
  switch (code) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xc4:
      return readBinary(readUint8());
    case 0xc5:
      return readBinary(readUint16());
    case 0xc6:
      return readBinary(readUint32());
    case 0xc7:
      return readExtension(readUint8(), depth);
    case 0xc8:
      return readExtension(readUint16(), depth);
    case 0xc9:
      return readExtension(readUint32(), depth);
    case 0xca:
      need(4);
      at += 4;
      return view.getFloat32(at - 4);
    case 0xcb:
      need(8);
      at += 8;
      return view.getFloat64(at - 8);
    case 0xcc:
      return readUint8();
    case 0xcd:
      return readUint16();
    case 0xce:
      return readUint32();
    case 0xcf:
      need(8);
      at += 8;
      return view.getBigUint64(at - 8);
    case 0xd0:
      return (readUint8() << 24) >> 24;
    case 0xd1:
      return (readUint16() << 16) >> 16;
    case 0xd2:
      return readUint32() | 0;
    case 0xd3:
      need(8);
      at += 8;
      return view.getBigInt64(at - 8);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return readExtension(1 << (code - 0xd4), depth);
    case 0xd9:
      return readString(readUint8());
    case 0xda:
      return readString(readUint16());
    case 0xdb:
      return readString(readUint32());
    case 0xdc:
      return readArray(readUint16(), depth);
    case 0xdd:
      return readArray(readUint32(), depth);
    case 0xde:
      return readObject(readUint16(), depth);
    case 0xdf:
      return readObject(readUint32(), depth);
    default:
      return fail(`0x${code.toString(16)}, which begins no value`);
  }
}

function readUint8(): number {
  need(1);
  return bytes[at++] as number;
}

function readUint16(): number {
  need(2);
  at += 2;
  return view.getUint16(at - 2);
}

function readUint32(): number {
  need(4);
  at += 4;
  return view.getUint32(at - 4);
}

function readStringHead(what: string): number {
  const code = readUint8();
  if (code >= 0xa0 && code < 0xc0) return code & 0x1f;
  if (code === 0xd9) return readUint8();
  if (code === 0xda) return readUint16();
  if (code === 0xdb) return readUint32();
  return fail(`${what} is no string`);
}

function readArrayHead(what: string): number {
  const code = readUint8();
  if (code >= 0x90 && code < 0xa0) return code & 0x0f;
  if (code === 0xdc) return readUint16();
  if (code === 0xdd) return readUint32();
  return fail(`${what} are no array`);
}

function readString(size: number): string {
  need(size);
  const start = at;
  const stop = start + size;
  at = stop;
  if (size > scannedString) return readUtf8(start);
  const source = view;
  let bits = 0;
  let i = start;
  for (; i + 4 <= stop; i += 4) bits |= source.getInt32(i);
  for (; i < stop; i++) bits |= source.getUint8(i);
  if ((bits & 0x80808080) !== 0) return readUtf8(start);
  return size > cutLength ? bytes.toString('latin1', start, stop) : cutAscii(start);
}

/** The string from `start` to here. */
function readUtf8(start: number): string {
  if (!isUtf8(bytes.subarray(start, at))) fail('a string that is no UTF-8');
  return bytes.toString('utf8', start, at);
}

/** The short ASCII string from `start` to here. */
function cutAscii(start: number): string {
  if (at > latinStart + latin.length) {
    latinStart = start;
    latin = bytes.toString('latin1', start, Math.min(start + latinWindow, end));
  }
  const from = start - latinStart;
  const to = at - latinStart;
  const middle = from + copiedSlice;
  return to <= middle ? latin.slice(from, to) : latin.slice(from, middle) + latin.slice(middle, to);
}

/** A copy: the memory of the frame is not the user's. */
function readBinary(size: number): Uint8Array {
  need(size);
  const copy = Buffer.allocUnsafeSlow(size);
  bytes.copy(copy, 0, at, at + size);
  at += size;
  return new Uint8Array(copy.buffer);
}

/** Counts the elements of a container, each of which takes at least a byte, before anything is allocated for them. */
function enter(size: number, depth: number): void {
  need(size);
  if (depth > maxDepth) fail(`a value nested deeper than ${maxDepth} levels`);
  elements += size;
  if (elements > maxElements) fail(`an event or value of more than ${maxElements} elements`);
}

function readArray(size: number, depth: number): unknown[] {
  enter(size, depth);
  const array = new Array<unknown>(size);
  for (let i = 0; i < size; i++) array[i] = read(depth + 1);
  return array;
}

function readObject(size: number, depth: number): Record<string, unknown> {
  enter(size * 2, depth);
  const object: Record<string, unknown> = {};
  if (size > recordSize) readTable(object, size, depth);
  else readRecord(object, size, depth);
  return object;
}

/** An object of few keys, which are probably those of many others. */
function readRecord(object: Record<string, unknown>, size: number, depth: number): void {
  for (let i = 0; i < size; i++) {
    const key = readKey();
    const value = read(depth + 1);
    if (key.inherited) Object.defineProperty(object, key.text, { value, ...ordinary });
    else object[key.text] = value;
  }
  if (Object.keys(object).length !== size) fail('an object with the same key twice');
}

/** An object of many keys, which are probably its own. */
function readTable(object: Record<string, unknown>, size: number, depth: number): void {
  for (let i = 0; i < size; i++) {
    const key = readString(readStringHead('the key of an object'));
    if (key === '__proto__') fail('the key __proto__');
    if (!(key in object)) object[key] = read(depth + 1);
    else if (Object.hasOwn(object, key)) fail('an object with the same key twice');
    else Object.defineProperty(object, key, { value: read(depth + 1), ...ordinary });
  }
}

function readKey(): Key {
  const size = readStringHead('the key of an object');
  need(size);
  const start = at;
  const known = size <= knownKey ? keys.find(view, start, start + size) : undefined;
  if (known !== undefined) {
    at += size;
    return known;
  }
  const text = readString(size);
  if (text === '__proto__') fail('the key __proto__');
  const inherited = text in Object.prototype;
  if (size > knownKey) return { length: 0, words: [], text, inherited };
  const { length, words } = copyBytes(view, start, at);
  return keys.add(view, start, { length, words, text, inherited });
}

function readExtension(size: number, depth: number): unknown {
  const type = readUint8();
  need(size);
  const outerEnd = end;
  end = at + size;
  const value = readContent(type, size, depth);
  if (at !== end) fail('an extension that is longer than its content');
  end = outerEnd;
  return value;
}

function readContent(type: number, size: number, depth: number): unknown {
  switch (type) {
    case extensions.timestamp:
      return readTimestamp(size);
    case extensions.map:
      return readMap(depth);
    case extensions.set:
      return readSet(depth);
    default:
      return fail(`an extension of type 0x${type.toString(16)}, which is not known`);
  }
}

function readMap(depth: number): Map<unknown, unknown> {
  const size = readArrayHead('the keys and values of a Map');
  if (size % 2 !== 0) fail('a Map with a key that has no value');
  enter(size, depth);
  const map = new Map<unknown, unknown>();
  for (let i = 0; i < size; i += 2) map.set(read(depth + 1), read(depth + 1));
  if (map.size * 2 !== size) fail('a Map with the same key twice');
  return map;
}

function readSet(depth: number): Set<unknown> {
  const size = readArrayHead('the members of a Set');
  enter(size, depth);
  const set = new Set<unknown>();
  for (let i = 0; i < size; i++) set.add(read(depth + 1));
  if (set.size !== size) fail('a Set with the same member twice');
  return set;
}

function readTimestamp(size: number): Date {
  let seconds: number;
  let nanoseconds = 0;
  if (size === 4) seconds = readUint32();
  else if (size === 8) {
    const high = readUint32();
    nanoseconds = high >>> 2;
    seconds = (high & 3) * 2 ** 32 + readUint32();
  } else if (size === 12) {
    nanoseconds = readUint32();
    at += 8;
    seconds = Number(view.getBigInt64(at - 8));
  } else return fail(`a timestamp of ${size} bytes`);
  const time = seconds * 1_000 + Math.floor(nanoseconds / 1_000_000);
  if (nanoseconds >= 1e9 || Math.abs(time) > maxTime) fail('a timestamp out of range');
  return new Date(time);
}
