/**
 * Applying mutations: what each does to a draft, what its caller gets, and when it is refused.
 * Follows the data stores of Zeek's Broker: a modification needs an entry of the right type, and changes its expiry only
 * if one is given.
 */
import { MusterError } from '../errors.js';
import { copyValue } from './copy.js';
import type { Draft } from './draft.js';
import type { Entry } from './entry.js';
import { idOf, type KeyId, keyOf } from './key.js';
import type { Expiry, Mutation, Single } from './mutation.js';

/**
 * Applies an ordered mutation as number `sequence`; nothing has changed if it is refused.
 * @returns what the caller's promise resolves to.
 * @throws {@link MusterError} `MUSTER_STORE_TYPE_CLASH`, `MUSTER_STORE_NO_SUCH_KEY`, `MUSTER_STORE_NO_SUCH_INDEX`,
 * `MUSTER_STORE_CONFLICT`, `MUSTER_STORE_ENTRY_TOO_LARGE`, `MUSTER_STORE_FULL`
 */
export function apply(draft: Draft, mutation: Mutation, sequence: number): unknown {
  const [kind, id, expiry] = mutation;
  switch (kind) {
    case 'put':
      draft.put(id, mutation[3], sequence, expiry === false ? null : expiry);
      return undefined;
    case 'putUnique':
      if (draft.get(id) !== undefined) return false;
      draft.put(id, mutation[3], sequence, expiry === false ? null : expiry);
      return true;
    case 'putIf':
      checkVersion(draft, id, mutation[3]);
      draft.put(id, mutation[4], sequence, expiryOf(expiry, draft.get(id)));
      return undefined;
    case 'erase':
      draft.erase(id);
      return undefined;
    case 'expire':
      if (draft.get(id)?.version === mutation[3]) draft.erase(id, 'expire');
      return undefined;
    case 'clear':
      if (draft.state.size > 0) draft.clear();
      return undefined;
    case 'batch': {
      const trial = draft.trial();
      for (const member of mutation[3]) apply(trial, member, sequence);
      draft.merge(trial);
      return undefined;
    }
    default:
      return modify(draft, mutation, sequence);
  }
}

/** The kinds that need an entry to work on. */
type Modification = Single<'increment' | 'decrement' | 'append' | 'insertInto' | 'removeFrom' | 'push' | 'pop'>;

function modify(draft: Draft, mutation: Modification, sequence: number): unknown {
  const [kind, id, expiry] = mutation;
  const entry = draft.get(id);
  if (entry === undefined) throw new MusterError('MUSTER_STORE_NO_SUCH_KEY', `${kind} ${show(id)}: no such key`);
  const clash = () =>
    new MusterError('MUSTER_STORE_TYPE_CLASH', `${kind} ${show(id)}: not for a value of type ${typeOf(entry.value)}`);
  const [value, result] = modified(mutation, entry.value, clash);
  try {
    draft.put(id, value, sequence, expiryOf(expiry, entry));
  } catch (thrown) {
    // Each part can be stored, but not what they make together: a bigint of more than 64 bits, or too deep a value.
    if (thrown instanceof TypeError) throw clash();
    throw thrown;
  }
  return result;
}

/** The value as it is afterwards, and what the caller gets. */
function modified(mutation: Modification, value: unknown, clash: () => MusterError): readonly [unknown, unknown?] {
  const [kind, id] = mutation;
  switch (kind) {
    case 'increment':
    case 'decrement': {
      const sum = added(value, mutation[3], kind === 'increment' ? 1 : -1);
      if (sum === undefined) throw clash();
      return [sum, sum];
    }
    case 'append':
      if (typeof value !== 'string' || typeof mutation[3] !== 'string') throw clash();
      return [value + mutation[3]];
    case 'push':
      if (!Array.isArray(value)) throw clash();
      return [[...value, mutation[3]]];
    case 'pop': {
      if (!Array.isArray(value)) throw clash();
      if (value.length === 0) throw noSuchIndex(kind, id, 'the array is empty');
      return [value.slice(0, -1), copyValue(value.at(-1))];
    }
    case 'insertInto':
      return [inserted(value, mutation, clash)];
    case 'removeFrom':
      return [removed(value, mutation, clash)];
  }
}

function added(value: unknown, by: number | bigint, sign: 1 | -1): number | bigint | Date | undefined {
  if (typeof value === 'number' && typeof by === 'number') return value + sign * by;
  if (typeof value === 'bigint' && typeof by === 'bigint') return value + BigInt(sign) * by;
  if (value instanceof Date && typeof by === 'number') {
    const sum = new Date(value.getTime() + sign * by);
    return Number.isNaN(sum.getTime()) ? undefined : sum;
  }
  return undefined;
}

function inserted(
  value: unknown,
  [kind, id, , index, ...rest]: Single<'insertInto'>,
  clash: () => MusterError,
): unknown {
  const [member] = rest;
  if (value instanceof Set) {
    if (rest.length > 0) throw clash();
    return new Set([...value].filter((other) => idOf(other) !== idOf(index)).concat([index]));
  }
  if (rest.length === 0) throw clash();
  if (value instanceof Map) {
    const place = placeOf(value.keys(), index);
    const copy = new Map(value);
    copy.set(place === undefined ? index : place.key, member);
    return copy;
  }
  if (Array.isArray(value)) {
    if (typeof index !== 'number') throw clash();
    if (!(Number.isInteger(index) && index >= 0 && index <= value.length)) {
      throw noSuchIndex(kind, id, `an array of ${value.length} has no place ${index}`);
    }
    return value.toSpliced(index, 0, member);
  }
  if (!isRecord(value) || typeof index !== 'string' || index === '__proto__') throw clash();
  return { ...value, [index]: member };
}

function removed(value: unknown, [kind, id, , index]: Single<'removeFrom'>, clash: () => MusterError): unknown {
  if (value instanceof Set) return new Set([...value].filter((member) => idOf(member) !== idOf(index)));
  if (value instanceof Map) {
    const wanted = idOf(index);
    return new Map([...value].filter(([key]) => idOf(key) !== wanted));
  }
  if (Array.isArray(value)) {
    if (typeof index !== 'number') throw clash();
    if (!(Number.isInteger(index) && index >= 0 && index < value.length)) {
      throw noSuchIndex(kind, id, `an array of ${value.length} has no member ${index}`);
    }
    return value.toSpliced(index, 1);
  }
  if (!isRecord(value) || typeof index !== 'string') throw clash();
  const { [index]: _, ...others } = value;
  return others;
}

/** What a collection has under an index: whether a set has it; `undefined` for nothing, and for what is no collection. */
export function memberOf(value: unknown, index: unknown): unknown {
  if (value instanceof Set) return placeOf(value, index) !== undefined;
  if (value instanceof Map) {
    const place = placeOf(value.keys(), index);
    return place && value.get(place.key);
  }
  if (Array.isArray(value)) return typeof index === 'number' ? value[index] : undefined;
  return isRecord(value) && typeof index === 'string' && Object.hasOwn(value, index) ? value[index] : undefined;
}

/** The key of a Set or Map that means the same as `index`. */
function placeOf(keys: Iterable<unknown>, index: unknown): { key: unknown } | undefined {
  const wanted = idOf(index);
  for (const key of keys) if (idOf(key) === wanted) return { key };
  return undefined;
}

function checkVersion(draft: Draft, id: KeyId, version: number): void {
  const present = draft.get(id)?.version ?? 0;
  if (present === version) return;
  throw new MusterError('MUSTER_STORE_CONFLICT', `update ${show(id)}: somebody else has changed it meanwhile`);
}

function expiryOf(expiry: Expiry, before: Entry | undefined): number | null {
  return expiry === false ? (before?.expiry ?? null) : expiry;
}

function noSuchIndex(kind: string, id: KeyId, why: string): MusterError {
  return new MusterError('MUSTER_STORE_NO_SUCH_INDEX', `${kind} ${show(id)}: ${why}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? value.constructor.name : typeof value;
}

/** A key for a message. */
function show(id: KeyId): string {
  const key = keyOf(id);
  const text = typeof key === 'string' ? JSON.stringify(key) : typeof key === 'object' ? JSON.stringify(key) : `${key}`;
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
