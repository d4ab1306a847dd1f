/**
 * Key hash: 32 bits of FNV-1a of any key, the same at every node. There is no seed, as in Zeek, so that all nodes agree.
 * Strings and whole numbers from 0 hash as Zeek's strings and counts do (`fnv1a32`). Others are written as Zeek writes the
 * nearest of its types, a tag and 64 bits; what has members, as msgpack in canonical order. `docs/pools.md` has the table.
 */
import { canonicalBytes } from '../../stores/key.js';
import { encodeValue } from '../../transport/codec.js';

const basis = 0x811c9dc5;
const prime = 0x01000193;

/** Where the hash of a value of 64 bits begins: after the tag of its type, in 32 bits. */
const afterBool = add32(basis, 1);
const afterInt = add32(basis, 2);
const afterCount = add32(basis, 3);
const afterDouble = add32(basis, 4);
const afterTime = add32(basis, 5);

const wordSize = 2 ** 32;
const maxCount = 2 ** 64;
const minInt = -(2 ** 63);

const double = new DataView(new ArrayBuffer(8));

/**
 * @returns 32 bits, as a signed integer.
 * @throws {TypeError} for what no event could carry, such as `undefined`, naming the path in the key.
 */
export function hashKey(key: unknown): number {
  if (typeof key === 'string') return hashString(key);
  if (typeof key === 'number') return hashNumber(key);
  return hashOther(key);
}

/** FNV-1a of a string in UTF-8; lone surrogates count as U+FFFD. */
export function hashString(text: string): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return hashBytes(Buffer.from(text));
    hash = Math.imul(hash ^ unit, prime);
  }
  return hash;
}

function hashNumber(key: number): number {
  if (!Number.isInteger(key) || key >= maxCount || key < minInt) return hashDouble(afterDouble, key);
  return add64(key < 0 ? afterInt : afterCount, key >>> 0, Math.floor(key / wordSize) >>> 0);
}

function hashOther(key: unknown): number {
  if (typeof key === 'boolean') return add64(afterBool, Number(key), 0);
  if (typeof key === 'bigint') return hashBigint(key);
  if (key instanceof Uint8Array) return hashBytes(key);
  if (key instanceof Date && !Number.isNaN(key.getTime())) return hashDouble(afterTime, key.getTime() / 1_000);
  return hashBytes(canonicalBytes(key));
}

function hashBigint(key: bigint): number {
  encodeValue(key, 'key'); // Refuses more than 64 bits.
  const [low, high] = [key, key >> 32n].map((bits) => Number(BigInt.asUintN(32, bits))) as [number, number];
  return add64(key < 0n ? afterInt : afterCount, low, high);
}

/** `NaN` is one number, whatever its bits. */
function hashDouble(start: number, value: number): number {
  if (Number.isNaN(value)) return add64(start, 0, 0x7ff80000);
  double.setFloat64(0, value, true);
  return add64(start, double.getUint32(0, true), double.getUint32(4, true));
}

function hashBytes(bytes: Uint8Array): number {
  let hash = basis;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] as number), prime);
  return hash;
}

/** Goes on with 64 bits, little endian. */
function add64(hash: number, low: number, high: number): number {
  return add32(add32(hash, low), high);
}

function add32(hash: number, word: number): number {
  const first = Math.imul(hash ^ (word & 0xff), prime);
  const second = Math.imul(first ^ ((word >>> 8) & 0xff), prime);
  const third = Math.imul(second ^ ((word >>> 16) & 0xff), prime);
  return Math.imul(third ^ (word >>> 24), prime);
}
