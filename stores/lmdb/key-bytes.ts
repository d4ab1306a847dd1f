/**
 * Key bytes: a key's id as LMDB keeps it, a tag and what follows from it, so that no two ids share their bytes.
 * LMDB ends keys at 1,978 bytes: a longer id goes under its length and two hashes, and is told by its entry alone.
 */
import { hashOf } from '../entry.js';
import type { KeyId } from '../key.js';

/** Leaves room for the 8 bytes of an expiry before it. */
const maxBytes = 1_960;

const tags = { null: 1, false: 2, true: 3, nan: 4, number: 5, bigint: 6, string: 7, broken: 8, long: 9 } as const;

/** Before the first key of all. */
export const firstKey = Uint8Array.of(0);

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

/** Whether the bytes of this id do not tell it. */
export function isLong(id: KeyId): boolean {
  return typeof id === 'string' && id.length >= maxBytes / 3 && Buffer.byteLength(id) >= maxBytes;
}

/**
 * Writes the bytes of `id` at `position`; bytes go as they are.
 * @returns Where they end.
 */
export function writeKey(id: KeyId | Uint8Array, target: Buffer, position: number): number {
  if (typeof id === 'string') return writeString(id, target, position);
  if (typeof id === 'number') {
    if (Number.isNaN(id)) return writeTag(tags.nan, target, position);
    double[0] = id + 0;
    writeTag(tags.number, target, position);
    target.set(doubleBytes, position + 1);
    return position + 9;
  }
  if (typeof id === 'bigint') {
    writeTag(tags.bigint, target, position);
    return position + 1 + target.write(id.toString(), position + 1, 'latin1');
  }
  if (id instanceof Uint8Array) {
    target.set(id, position);
    return position + id.length;
  }
  return writeTag(id === null ? tags.null : id ? tags.true : tags.false, target, position);
}

/** @returns The id; for a long one its bytes, as a copy. */
export function readKey(source: Uint8Array, start: number, end: number): KeyId | Uint8Array {
  const content = Buffer.from(source.buffer, source.byteOffset + start + 1, end - start - 1);
  switch (source[start]) {
    case tags.null:
      return null;
    case tags.false:
      return false;
    case tags.true:
      return true;
    case tags.nan:
      return Number.NaN;
    case tags.number:
      doubleBytes.set(content);
      return double[0] as number;
    case tags.bigint:
      return BigInt(content.toString('latin1'));
    case tags.string:
      return content.toString();
    default:
      return Uint8Array.prototype.slice.call(source, start, end);
  }
}

/** The bytes of an id by themselves. */
export function keyBytes(id: KeyId): Buffer {
  const target = Buffer.allocUnsafe(maxBytes + 1);
  return target.subarray(0, writeKey(id, target, 0));
}

function writeTag(tag: number, target: Buffer, position: number): number {
  target[position] = tag;
  return position + 1;
}

function writeString(id: string, target: Buffer, position: number): number {
  if (isLong(id)) return writeLong(id, target, position);
  let at = writeTag(tags.string, target, position);
  if (id.length > 40) return at + writeUtf8(id, target, position);
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    if (unit > 0x7f) return position + 1 + writeUtf8(id, target, position);
    target[at++] = unit;
  }
  return at;
}

/** A string that is no Unicode is never stored, but may be asked for, and must not be taken for another. */
function writeUtf8(id: string, target: Buffer, position: number): number {
  if (!/\p{Surrogate}/u.test(id)) return target.write(id, position + 1);
  target[position] = tags.broken;
  return target.write(String(hashOf(Buffer.from(id, 'utf16le'))), position + 1, 'latin1');
}

function writeLong(id: string, target: Buffer, position: number): number {
  const bytes = Buffer.from(id);
  const middle = bytes.length >> 1;
  const hashes = [bytes.length, hashOf(bytes.subarray(0, middle)), hashOf(bytes.subarray(middle))].join();
  return writeTag(tags.long, target, position) + target.write(hashes, position + 1, 'latin1');
}
