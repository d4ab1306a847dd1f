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

/**
 * What a batch is made of. Whatever does nothing under some condition is left out: a replica that is still being built could
 * not tell, of a batch that did something else, whether it was met.
 */
export type BatchMember = Single<Exclude<MutationKind, (typeof conditional)[number]>>;

const conditional = ['putUnique', 'putIf', 'expire', 'clear'] as const;

/** All of them, or none. */
export type BatchMutation = readonly [kind: 'batch', id: null, expiry: false, mutations: readonly BatchMember[]];

export type Mutation = Single | BatchMutation;

/** What the operands of each kind are called; one with a `?` may be left out. */
const operands: Readonly<Record<Mutation[0], readonly string[]>> = {
  put: ['value'],
  putUnique: ['value'],
  putIf: ['version', 'value'],
  erase: [],
  expire: ['version'],
  clear: [],
  increment: ['by'],
  decrement: ['by'],
  append: ['text'],
  insertInto: ['index', 'value?'],
  removeFrom: ['index'],
  push: ['value'],
  pop: [],
  batch: ['batch'],
};

/** @throws {TypeError} naming the operand and the path in it that no store can hold. */
export function encodeMutation(mutation: Mutation): Uint8Array {
  try {
    return encodeValue(mutation, 'mutation');
  } catch (error) {
    // Once more, for the name that its caller knows it by.
    if (mutation[0] !== 'batch') encodeOperands(mutation, '');
    else for (const [i, member] of mutation[3].entries()) encodeOperands(member, `batch[${i}].`);
    throw error;
  }
}

function encodeOperands([kind, , , ...given]: Single, of: string): void {
  for (const [i, operand] of given.entries()) encodeValue(operand, of + operands[kind][i]?.replace('?', ''));
}

/** @throws {MusterError} `MUSTER_FRAME_INVALID` for what is no mutation. */
export function decodeMutation(bytes: Uint8Array): Mutation {
  const mutation = decodeValue(bytes);
  if (!isMutation(mutation)) throw new MusterError('MUSTER_FRAME_INVALID', 'a mutation of a store is malformed');
  return mutation;
}

/** The same, to be kept or sent by a master whose clock says `now`. */
export function orderedAt(mutation: Mutation, now: number): Mutation {
  if (mutation[0] === 'batch')
    return ['batch', null, false, mutation[3].map((one) => singleAt(one, now) as BatchMember)];
  return singleAt(mutation, now);
}

function singleAt(mutation: Single, now: number): Single {
  const [kind, id, expiry, ...rest] = mutation;
  return typeof expiry === 'number' ? ([kind, id, now + expiry, ...rest] as unknown as Single) : mutation;
}

function isMutation(value: unknown, isMember = false): value is Mutation {
  if (!Array.isArray(value)) return false;
  const [kind, id, expiry, ...rest] = value as unknown[];
  if (typeof kind !== 'string' || !Object.hasOwn(operands, kind)) return false;
  const names = operands[kind as Mutation[0]];
  const least = names.filter((name) => !name.endsWith('?')).length;
  if (rest.length < least || rest.length > names.length) return false;
  if (typeof id === 'object' && id !== null) return false;
  if (expiry !== null && expiry !== false && !(typeof expiry === 'number' && expiry >= 0)) return false;
  if (isMember) return kind !== 'batch' && !(conditional as readonly string[]).includes(kind);
  if (kind !== 'batch') return true;
  const [members] = rest;
  return Array.isArray(members) && members.every((member) => isMutation(member, true));
}
