/**
 * Notation: values of a store as JSON, and back, without loss. What JSON cannot say is an object with one field whose name
 * begins with `$`; a field of a user's object that begins so gets one more `$`. `docs/stores.md` describes it.
 */
import { messageOf } from '../../errors.js';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** `value` is one that a store can hold. */
export function toJson(value: unknown): Json {
  switch (typeof value) {
    case 'bigint':
      return { $bigint: `${value}` };
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : `${value}` };
    case 'object':
      return value === null ? null : objectToJson(value);
    default:
      return value as boolean | string;
  }
}

/** @throws {TypeError} for what begins with `$` and says nothing. */
export function fromJson(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (isArray(json)) return json.map(fromJson);
  const fields = Object.entries(json);
  const tagged = fields.find(([name]) => name.startsWith('$') && !name.startsWith('$$'));
  if (tagged === undefined) {
    return Object.fromEntries(
      fields.map(([name, member]) => [name.startsWith('$') ? name.slice(1) : name, fromJson(member)]),
    );
  }
  const [name, content] = tagged;
  const value = fields.length === 1 ? readers[name]?.(content) : undefined;
  if (value !== undefined) return value;
  const known = Object.keys(readers).join(', ');
  throw new TypeError(
    `${excerpt(JSON.stringify(json))} says nothing: known are ${known}, each alone; a field "${name}" is written "$${name}"`,
  );
}

/** A word of the command line: JSON, or else itself as a string. @throws {TypeError} as {@link fromJson}. */
export function readWord(word: string): Json {
  let json: Json;
  try {
    json = JSON.parse(word);
  } catch {
    return word;
  }
  fromJson(json);
  return json;
}

/** @throws {TypeError} for what is no JSON. */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TypeError(`no JSON: ${messageOf(error)}`);
  }
}

/** The beginning of a text, for a message. */
export function excerpt(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function objectToJson(value: object): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Date) return { $date: value.toISOString() };
  if (value instanceof Uint8Array) {
    return { $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (value instanceof Set) return { $set: [...value].map(toJson) };
  if (value instanceof Map) return { $map: [...value].map(([key, member]) => [toJson(key), toJson(member)]) };
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.startsWith('$') ? `$${name}` : name, toJson(member)]),
  );
}

/** What stands behind each name; `undefined` for what it cannot be. */
const readers: Readonly<Record<string, (content: Json) => unknown>> = {
  $bigint: (content) => (typeof content === 'string' && /^-?\d+$/.test(content) ? BigInt(content) : undefined),
  $number: (content) => (content === '-0' ? -0 : numbers.get(content)),
  $date: (content) => {
    const date = new Date(typeof content === 'string' || typeof content === 'number' ? content : Number.NaN);
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
  $bytes: (content) => {
    if (typeof content !== 'string') return undefined;
    const bytes = Uint8Array.from(Buffer.from(content, 'base64'));
    return Buffer.from(bytes).toString('base64') === content ? bytes : undefined;
  },
  $set: (content) => (isArray(content) ? new Set(content.map(fromJson)) : undefined),
  $map: (content) => {
    if (!isArray(content) || !content.every((pair) => isArray(pair) && pair.length === 2)) return undefined;
    return new Map(
      (content as readonly (readonly [Json, Json])[]).map(([key, member]) => [fromJson(key), fromJson(member)]),
    );
  },
};

const numbers = new Map<Json, number>([Number.NaN, Infinity, -Infinity].map((number) => [`${number}`, number]));

function isArray(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
