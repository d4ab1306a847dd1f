/**
 * Mutations: what can be done to a store, as it travels and as it is kept: a tuple of its kind, the key, the expiry, and
 * operands. Applied in the same order to equal stores, they leave equal stores.
 */
import { MusterError } from '../errors.js';
import { decodeValue, encodeValue } from '../transport/codec.js';
import type { KeyId } from './key.js';

/** Operands of each kind, after the expiry. */
interface Operands {
  put: [value: unknown];
  putUnique: [value: unknown];
  /** Puts if the entry still has this version; 0: if there is none. */
  putIf: [version: number, value: unknown];
  erase: [];
  /** Erases if the entry still has this version: it has come to its expiry. Only a master says so. */
  expire: [version: number];
  clear: [];
  increment: [by: number | bigint];
  decrement: [by: number | bigint];
  append: [text: string];
  insertInto: [index: unknown, value?: unknown];
  removeFrom: [index: unknown];
  push: [value: unknown];
  pop: [];
}

export type MutationKind = keyof Operands;

/**
 * When the entry expires: `null` never, `false` as before. In what a master has ordered a time in ms since 1970, in what
 * is asked of it ms from then on: only the master's clock counts.
 */
export type Expiry = number | null | false;

export type Single<K extends MutationKind = MutationKind> = {
  readonly [Kind in K]: readonly [kind: Kind, id: KeyId, expiry: Expiry, ...operands: Operands[Kind]];
}[K];

/** All of them, or none. */
export type BatchMutation = readonly [kind: 'batch', id: null, expiry: false, mutations: readonly Single[]];

export type Mutation = Single | BatchMutation;

/** How many operands each kind has, at least and at most. */
const operands: Readonly<Record<Mutation[0], readonly [number, number]>> = {
  put: [1, 1],
  putUnique: [1, 1],
  putIf: [2, 2],
  erase: [0, 0],
  expire: [1, 1],
  clear: [0, 0],
  increment: [1, 1],
  decrement: [1, 1],
  append: [1, 1],
  insertInto: [1, 2],
  removeFrom: [1, 1],
  push: [1, 1],
  pop: [0, 0],
  batch: [1, 1],
};

/** @throws {TypeError} naming the operand and the path in it that no store can hold. */
export function encodeMutation(mutation: Mutation): Uint8Array {
  return encodeValue(mutation, 'mutation');
}

/** @throws {MusterError} `MUSTER_FRAME_INVALID` for what is no mutation. */
export function decodeMutation(bytes: Uint8Array): Mutation {
  const mutation = decodeValue(bytes);
  if (!isMutation(mutation)) throw new MusterError('MUSTER_FRAME_INVALID', 'a mutation of a store is malformed');
  return mutation;
}

/** The same, to be kept or sent by a master whose clock says `now`. */
export function orderedAt(mutation: Mutation, now: number): Mutation {
  if (mutation[0] === 'batch') return ['batch', null, false, mutation[3].map((one) => singleAt(one, now))];
  return singleAt(mutation, now);
}

function singleAt(mutation: Single, now: number): Single {
  const [kind, id, expiry, ...rest] = mutation;
  return typeof expiry === 'number' ? ([kind, id, now + expiry, ...rest] as unknown as Single) : mutation;
}

function isMutation(value: unknown, isInBatch = false): value is Mutation {
  if (!Array.isArray(value)) return false;
  const [kind, id, expiry, ...rest] = value as unknown[];
  if (typeof kind !== 'string' || !Object.hasOwn(operands, kind)) return false;
  const [least, most] = operands[kind as Mutation[0]];
  if (rest.length < least || rest.length > most) return false;
  if (typeof id === 'object' && id !== null) return false;
  if (expiry !== null && expiry !== false && !(typeof expiry === 'number' && expiry >= 0)) return false;
  if (kind !== 'batch') return true;
  const [members] = rest;
  return !isInBatch && Array.isArray(members) && members.every((member) => isMutation(member, true));
}
