import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { hashKey } from '../../../actors/pools/key-hash.js';

interface Vector {
  readonly type: 'string' | 'count';
  readonly value: string | number;
  readonly hash: number;
}

const { fnv1a32: vectors } = JSON.parse(readFileSync('spec/actors/pools/hash-vectors.json', 'utf8')) as {
  fnv1a32: Vector[];
};

/** FNV-1a as its authors write it, byte by byte in exact integers. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 2_166_136_261n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 16_777_619n) % 2n ** 32n;
  return Number(hash);
}

/** A tag of 32 bits and a value of 64, little endian. */
function tagged(tag: number, write: (view: DataView) => void): number {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint32(0, tag, true);
  write(view);
  return fnv1a(new Uint8Array(view.buffer));
}

const asInteger = (tag: number, value: bigint) =>
  tagged(tag, (view) => view.setBigUint64(4, BigInt.asUintN(64, value), true));
const asDouble = (tag: number, value: number) => tagged(tag, (view) => view.setFloat64(4, value, true));
const hash = (key: unknown) => hashKey(key) >>> 0;

test('strings and whole numbers hash as Zeek hashes its strings and counts', (t) => {
  t.is(vectors.length, 14);
  for (const { value, hash: expected } of vectors) t.is(hash(value), expected, JSON.stringify(value));
});

test('a string hashes as its bytes in UTF-8', (t) => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => hash(text) === fnv1a(Buffer.from(text))));
  for (const text of ['ä', 'aä', '日本', '😀', 'a\u0080', '\u007f', '\ud800'])
    t.is(hash(text), fnv1a(Buffer.from(text)), text);
});

test('a whole number hashes as 64 bits, be it a number or a bigint', (t) => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => hash(value) === asInteger(3, BigInt(value))));
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => hash(value) === asInteger(3, value)));
  fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: -1n }), (value) => hash(value) === asInteger(2, value)));
  for (const value of [-1, -255, -(2 ** 32), -(2 ** 32) - 1, Number.MIN_SAFE_INTEGER, -(2 ** 63)]) {
    t.is(hash(value), asInteger(2, BigInt(value)), `${value}`);
  }
  for (const value of [2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 63, 2 ** 64 - 2_048]) {
    t.is(hash(value), asInteger(3, BigInt(value)), `${value}`);
    t.is(hash(BigInt(value)), hash(value), `${value}n`);
  }
  t.is(hash(-0), hash(0));
});

test('numbers that are no 64-bit integers hash as doubles, booleans and Dates as their types in Zeek', (t) => {
  fc.assert(fc.property(fc.double({ noInteger: true, noNaN: true }), (value) => hash(value) === asDouble(4, value)));
  for (const value of [0.5, -1.5, 2 ** 64, -(2 ** 64), 1e300, Number.POSITIVE_INFINITY])
    t.is(hash(value), asDouble(4, value));
  t.is(hash(Number.NaN), asDouble(4, Number.NaN));
  const otherNaN = new Float64Array(new BigUint64Array([0xfff8_0000_0000_0001n]).buffer)[0];
  t.is(hash(otherNaN), hash(Number.NaN));
  t.is(hash(true), asInteger(1, 1n));
  t.is(hash(false), asInteger(1, 0n));
  t.is(hash(new Date(1_500)), asDouble(5, 1.5));
});

test('what has members hashes as its msgpack in canonical order', (t) => {
  t.is(hash(['a', 1]), fnv1a(Uint8Array.of(0x92, 0xa1, 0x61, 0x01)));
  t.is(hash(null), fnv1a(Uint8Array.of(0xc0)));
  t.is(hash({ a: 1, b: { c: 2, d: 3 } }), hash({ b: { d: 3, c: 2 }, a: 1 }));
  t.is(
    hash(
      new Map([
        [['x'], 1],
        [['y'], 2],
      ]),
    ),
    hash(
      new Map([
        [['y'], 2],
        [['x'], 1],
      ]),
    ),
  );
  t.is(hash(new Set([1, 'a'])), hash(new Set(['a', 1])));
  t.not(hash([1, 2]), hash([2, 1]));
  t.is(hash(Buffer.from('proxy-1.0')), hash('proxy-1.0'), 'bytes hash as a string of them');
});

test('the hashes of values without a counterpart in the vectors stay what they are', (t) => {
  const keys = [-1, 0.5, true, 2n ** 63n, new Date(0), ['10.0.0.1', 22], { host: 'a', port: 1 }, new Set([1, 2]), null];
  t.deepEqual(
    keys.map(hash),
    [3287796239, 4260940252, 1813074341, 902405222, 3229495744, 3524051783, 1911201833, 581972353, 1158360799],
  );
});

test('what no event can carry is no key', (t) => {
  t.throws(() => hash(undefined), { instanceOf: TypeError, message: /^key: undefined/ });
  t.throws(() => hash({ a: [() => 1] }), { instanceOf: TypeError, message: /^key\.a\[0\]: a function/ });
  t.throws(() => hash(2n ** 64n), { instanceOf: TypeError, message: /64 bits/ });
  t.throws(() => hash(new Date(Number.NaN)), { instanceOf: TypeError });
});
