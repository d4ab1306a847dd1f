/**
 * Records: an entry, or what the backend keeps beside the entries, as bytes that prove themselves: a flag, the hash of
 * what follows in seven bytes, and what follows.
 */
import { decodeValue, encodeValue } from '../../transport/codec.js';
import type { Origin, Outcome, StoreState } from '../backend.js';
import { type Entry, hashOf, readEntry, type WrittenEntry } from '../entry.js';
import type { KeyId } from '../key.js';
import { readValueOnly } from './value-only.js';

export const notWritten = Symbol('not what was written');

const headerSize = 8;
const slabSize = 0x10000;

let slab = Buffer.alloc(0);
let used = 0;

/** Memory that is never written again: LMDB reads it while it writes. */
function takeMemory(size: number): Buffer {
  if (size > slabSize / 4) return Buffer.allocUnsafeSlow(size);
  if (used + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(slabSize);
    used = 0;
  }
  used += size;
  return slab.subarray(used - size, used);
}

function recordOf(bytes: Uint8Array, hash: number, flag: number): Buffer {
  const record = takeMemory(headerSize + bytes.length);
  record[0] = flag;
  record.writeUIntBE(Math.floor(hash / 0x1_0000_0000), 1, 3);
  record.writeUInt32BE(hash >>> 0, 4);
  record.set(bytes, headerSize);
  return record;
}

function hashIn(record: Uint8Array): number {
  const high = (byteAt(record, 1) << 16) | (byteAt(record, 2) << 8) | byteAt(record, 3);
  const low = (byteAt(record, 4) << 24) | (byteAt(record, 5) << 16) | (byteAt(record, 6) << 8) | byteAt(record, 7);
  return high * 0x1_0000_0000 + (low >>> 0);
}

function byteAt(record: Uint8Array, index: number): number {
  return record[index] as number;
}

function contentOf(record: Uint8Array): Uint8Array {
  return new Uint8Array(record.buffer, record.byteOffset + headerSize, record.length - headerSize);
}

export function entryRecord({ bytes, hash, expiry }: WrittenEntry): Buffer {
  return recordOf(bytes, hash, expiry === null ? 0 : 1);
}

/** Whether the entry expires at some time, without reading it. */
export function expires(record: Uint8Array): boolean {
  return record[0] === 1;
}

/** @returns `undefined` if the record is not what was written. */
export function readEntryRecord(record: Uint8Array): readonly [id: KeyId, entry: Entry] | undefined {
  if (record.length < headerSize) return undefined;
  try {
    return readEntry(contentOf(record), hashIn(record));
  } catch {
    return undefined;
  }
}

/** @returns An entry's hash and its bytes, a view of the record; `undefined` if the record is not what was written. */
export function writtenIn(record: Uint8Array): readonly [hash: number, bytes: Uint8Array] | undefined {
  if (record.length < headerSize) return undefined;
  const bytes = contentOf(record);
  const hash = hashIn(record);
  return hashOf(bytes) === hash ? [hash, bytes] : undefined;
}

/** @returns The value in the record of an entry; {@link notWritten} if the record is not what was written. */
export function readValue(record: Uint8Array): unknown {
  if (record.length < headerSize) return notWritten;
  const content = contentOf(record);
  return hashOf(content) === hashIn(record) ? readValueOnly(content) : notWritten;
}

export function stateRecord({ epoch, sequence, digest, size, bytes }: StoreState): Buffer {
  return valueRecord([epoch, sequence, digest, size, bytes]);
}

/** As it was written: a store that was written before bytes were counted does not say how many it has. */
export type WrittenState = Omit<StoreState, 'bytes'> & { readonly bytes: number | undefined };

/** @returns `undefined` if the record is not what was written. */
export function readStateRecord(record: Uint8Array): WrittenState | undefined {
  const value = readValueRecord(record) as [string, number, number, number, number?] | undefined;
  if (value === undefined) return undefined;
  const [epoch, sequence, digest, size, bytes] = value;
  return { epoch, sequence, digest, size, bytes };
}

/** Bytes of the entry that a record holds. */
export function lengthIn(record: Uint8Array): number {
  return record.length - headerSize;
}

/** @throws {TypeError} if a result is no value. */
export function originRecord(id: string, { last, outcomes }: Origin): Buffer {
  const written = outcomes.map(({ number, sequence, code = null, message = null, result }) => {
    const fields = [number, sequence, code, message];
    return result === undefined ? fields : [...fields, encodeValue(result, 'result')];
  });
  return valueRecord([id, last, written]);
}

/** @returns `undefined` if the record is not what was written. */
export function readOriginRecord(record: Uint8Array): readonly [id: string, origin: Origin] | undefined {
  const value = readValueRecord(record) as [string, number, WrittenOutcome[]] | undefined;
  if (value === undefined) return undefined;
  const [id, last, outcomes] = value;
  return [id, { last, outcomes: outcomes.map(readOutcome) }];
}

type WrittenOutcome = [number: number, sequence: number, code: string | null, message: string | null, Uint8Array?];

function readOutcome([number, sequence, code, message, result]: WrittenOutcome): Outcome {
  return {
    number,
    sequence,
    ...(code !== null && { code }),
    ...(message !== null && { message }),
    ...(result !== undefined && { result: decodeValue(result) }),
  };
}

/** @throws {TypeError} if it is no value. */
export function valueRecord(value: unknown): Buffer {
  const bytes = encodeValue(value);
  return recordOf(bytes, hashOf(bytes), 0);
}

function readValueRecord(record: Uint8Array): unknown {
  if (record.length < headerSize) return undefined;
  const content = contentOf(record);
  return hashOf(content) === hashIn(record) ? decodeValue(content) : undefined;
}
