/**
 * Entries: what a store holds under a key, and how an entry is written where it rests and when it travels.
 * Its bytes are a pure function of it, so the digest of a store, the sum over the hashes of its entries, is the same at
 * all replicas that hold the same.
 */
import { decodeValue, encodeValue } from '../transport/codec.js';
import type { KeyId } from './key.js';

export interface Entry {
  /** Belongs to the store: never changed, and given to nobody but as a copy. */
  readonly value: unknown;
  /** Sequence number of the mutation that made it what it is. */
  readonly version: number;
  /** When it expires, in ms since 1970; `null` if never. */
  readonly expiry: number | null;
  /** Of all of this and of the key: a whole number below 2^52. */
  readonly hash: number;
  /** Bytes of what {@link writeEntry} writes of it, key included. */
  readonly length: number;
}

/** An entry that has just been made, with its bytes. */
export interface WrittenEntry extends Entry {
  readonly bytes: Uint8Array;
}

const digestRange = 2 ** 52;

/** `value` must be the store's own. @throws {TypeError} naming the path in the value that cannot be stored. */
export function writeEntry(id: KeyId, value: unknown, version: number, expiry: number | null): WrittenEntry {
  const bytes = encodeValue([id, version, expiry, value]);
  return { value, version, expiry, hash: hashOf(bytes), length: bytes.length, bytes };
}

/**
 * Reads what {@link writeEntry} wrote.
 * @returns `undefined` if the bytes do not have this hash, or are no entry.
 */
export function readEntry(bytes: Uint8Array, hash: number): readonly [id: KeyId, entry: Entry] | undefined {
  if (hashOf(bytes) !== hash) return undefined;
  const [id, version, expiry, value] = decodeValue(bytes) as [KeyId, number, number | null, unknown];
  return [id, { value, version, expiry, hash, length: bytes.length }];
}

/** The digest of a store in which the entry with hash `before` (0: none) has become that with hash `after` (0: none). */
export function digestWith(digest: number, before: number, after: number): number {
  return (((digest - before + digestRange) % digestRange) + after) % digestRange;
}

/** cyrb53 (bryc, public domain) over bytes, cut to 52 bits: quick, spreads well, and no defence against a forger. */
export function hashOf(bytes: Uint8Array): number {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    h1 = Math.imul(h1 ^ byte, 2_654_435_761);
    h2 = Math.imul(h2 ^ byte, 1_597_334_677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2_246_822_507) ^ Math.imul(h2 ^ (h2 >>> 13), 3_266_489_909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2_246_822_507) ^ Math.imul(h1 ^ (h1 >>> 13), 3_266_489_909);
  return 0x1_0000_0000 * (h2 & 0xfffff) + (h1 >>> 0);
}
