/**
 * Keys: any value can be one, and two that mean the same are the same key.
 * Within a store a key is an *id*, a primitive: most keys are their own; others are written out canonically, after a mark.
 * `-0` is the key `0`, `NaN` is one key, `1n` and `1` and `'1'` are three; the order of an object's fields, a Set's members
 * and a Map's entries makes no difference.
 */
import { decodeValue, encodeValue } from '../transport/codec.js';

export type KeyId = string | number | bigint | boolean | null;

/** No character: a string that begins with it is written out as well, so that ids stay unambiguous. */
const mark = '\uffff';

/** @throws {TypeError} naming the path in the key that no store can hold. */
export function idOf(key: unknown): KeyId {
  if (typeof key === 'string') return key.charCodeAt(0) === 0xffff ? mark + bytesOf(key) : key;
  if (typeof key === 'number') return key + 0;
  if (typeof key === 'boolean' || key === null) return key;
  if (typeof key === 'bigint') {
    encodeValue(key, 'key');
    return key;
  }
  return mark + latin1(canonicalBytes(key));
}

/**
 * A key as bytes of msgpack, the same for keys that mean the same.
 * @throws {TypeError} as {@link idOf} does.
 */
export function canonicalBytes(key: unknown): Uint8Array {
  return encodeValue(canonical(decodeValue(encodeValue(key, 'key'))), 'key');
}

/** The key of an id; a fresh copy if it has members. */
export function keyOf(id: KeyId): unknown {
  return typeof id === 'string' && id.startsWith(mark) ? decodeValue(Buffer.from(id.slice(1), 'latin1')) : id;
}

function bytesOf(value: unknown): string {
  return latin1(encodeValue(value, 'key'));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Equal keys made alike. `value` is a copy, whose members may be replaced. */
function canonical(value: unknown): unknown {
  if (typeof value === 'number') return value + 0;
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(canonical);
  if (value instanceof Set) return new Set(inOrder([...value].map(canonical), (member) => member));
  if (value instanceof Map) {
    return new Map(
      inOrder(
        [...value].map(([key, member]) => [canonical(key), canonical(member)] as const),
        ([key]) => key,
      ),
    );
  }
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, canonical((value as Record<string, unknown>)[name])]),
  );
}

function inOrder<Member>(members: Member[], keyOf: (member: Member) => unknown): Member[] {
  const keyed = members.map((member) => ({ member, key: bytesOf(keyOf(member)) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ member }) => member);
}
