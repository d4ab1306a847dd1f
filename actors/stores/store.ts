/**
 * Store: what a user holds of a store, at its master and at its clones alike.
 * Reads are local and synchronous; a mutation's promise settles once the master has applied it (for `lmdb`: once it is on
 * disk) and this node shows it. Follows the data stores of Zeek's Broker.
 */
import { MusterError } from '../../errors.js';
import { memberOf } from '../../stores/apply.js';
import type { ChangeKind } from '../../stores/draft.js';
import { idOf, type KeyId, keyOf } from '../../stores/key.js';
import { type BatchMember, type Expiry, encodeMutation, type Mutation } from '../../stores/mutation.js';
import type { ChangeHandler, Listeners } from './listeners.js';
import type { Side } from './side.js';

export interface MutationOptions {
  /**
   * The entry expires so many ms after the mutation, ≥ 0. Without it, an entry that is put never expires, and a
   * modification leaves the expiry as it is.
   */
  readonly expiry?: number | undefined;
}

/** One part of a {@link Store.batch}: the method's name and its arguments. */
export type BatchPart =
  | { readonly type: 'put'; readonly key: unknown; readonly value: unknown; readonly expiry?: number | undefined }
  | { readonly type: 'erase' | 'pop'; readonly key: unknown; readonly expiry?: number | undefined }
  | {
      readonly type: 'increment' | 'decrement';
      readonly key: unknown;
      readonly by?: number | bigint | undefined;
      readonly expiry?: number | undefined;
    }
  | { readonly type: 'append'; readonly key: unknown; readonly text: string; readonly expiry?: number | undefined }
  | { readonly type: 'push'; readonly key: unknown; readonly value: unknown; readonly expiry?: number | undefined }
  | {
      readonly type: 'insertInto';
      readonly key: unknown;
      readonly index: unknown;
      readonly value?: unknown;
      readonly expiry?: number | undefined;
    }
  | {
      readonly type: 'removeFrom';
      readonly key: unknown;
      readonly index: unknown;
      readonly expiry?: number | undefined;
    };

/** How often {@link Store.update} begins anew. */
const maxAttempts = 100;

export class Store<K = unknown, V = unknown> {
  readonly name: string;
  readonly #side: Side;
  readonly #listeners: Listeners;

  /** Made by `node.createStore()`. */
  constructor(name: string, side: Side, listeners: Listeners) {
    this.name = name;
    this.#side = side;
    this.#listeners = listeners;
  }

  /**
   * The value of a key, a copy; `undefined` if there is none.
   * @throws {@link MusterError} `MUSTER_STORE_NOT_READY` before the store is `ready`, `MUSTER_STORE_STALE` at a clone whose
   * master has been away for `cloneStaleInterval`, `MUSTER_STORE_CLOSED`, `MUSTER_STORE_DAMAGED`; so do all reads.
   * @throws TypeError for a key that no store can hold; so do all methods that take one.
   */
  get(key: K): V | undefined {
    return this.#side.replica.read(idOf(key)) as V | undefined;
  }

  has(key: K): boolean {
    return this.#side.replica.has(idOf(key));
  }

  /** What the collection under a key has at an index: of an object, array or Map the member, of a Set whether it has it. */
  getIndex(key: K, index: unknown): unknown {
    return memberOf(this.#side.replica.read(idOf(key)), index);
  }

  /** The keys as of now, in no particular order. */
  *keys(): Generator<K, undefined> {
    for (const id of this.#side.replica.ids()) yield keyOf(id) as K;
  }

  /** Keys and values. What changes while it runs may be seen or not. */
  *entries(): Generator<[K, V], undefined> {
    const { replica } = this.#side;
    for (const id of replica.ids()) {
      const value = replica.read(id);
      if (value !== undefined) yield [keyOf(id) as K, value as V];
    }
  }

  [Symbol.iterator](): Generator<[K, V], undefined> {
    return this.entries();
  }

  get size(): number {
    return this.#side.replica.state?.size ?? 0;
  }

  /**
   * Sets the value of a key.
   * @throws {@link MusterError} as rejection, here and from all mutations: `MUSTER_STORE_TIMEOUT` if it could not be sent for
   * `cloneMutationBufferInterval` (it is not there), `MUSTER_STORE_OUTCOME_UNKNOWN` if it was sent and never answered (it is
   * there once or not at all), `MUSTER_STORE_WRITE_FAILED`, `MUSTER_STORE_ENTRY_TOO_LARGE`, `MUSTER_STORE_BUFFER_FULL`,
   * `MUSTER_STORE_CLOSED`.
   * @throws TypeError as rejection for a value that cannot be stored, naming its path.
   */
  async put(key: K, value: V, options?: MutationOptions): Promise<void> {
    await this.#mutate(['put', idOf(key), expiryOf(options) || null, value]);
  }

  /** Sets the value of a key that has none. Resolves to whether it did. */
  async putUnique(key: K, value: V, options?: MutationOptions): Promise<boolean> {
    return (await this.#mutate(['putUnique', idOf(key), expiryOf(options) || null, value])) as boolean;
  }

  /** Removes a key, if it is there. */
  async erase(key: K): Promise<void> {
    await this.#mutate(['erase', idOf(key), false]);
  }

  /** Removes all keys. */
  async clear(): Promise<void> {
    await this.#mutate(['clear', null, false]);
  }

  /**
   * Adds to a number, a bigint (by a bigint), or a Date (by ms). Resolves to the sum.
   * @throws {@link MusterError} as rejection, here and from all that follow but `update()` and `batch()`:
   * `MUSTER_STORE_NO_SUCH_KEY`, `MUSTER_STORE_TYPE_CLASH`.
   */
  async increment(key: K, by: number | bigint = 1, options?: MutationOptions): Promise<V> {
    return (await this.#mutate(['increment', idOf(key), expiryOf(options), by])) as V;
  }

  /** Subtracts, as {@link increment} adds. */
  async decrement(key: K, by: number | bigint = 1, options?: MutationOptions): Promise<V> {
    return (await this.#mutate(['decrement', idOf(key), expiryOf(options), by])) as V;
  }

  /** Appends to a string. */
  async append(key: K, text: string, options?: MutationOptions): Promise<void> {
    await this.#mutate(['append', idOf(key), expiryOf(options), text]);
  }

  /**
   * Inserts into a collection: a member into a Set (`insertInto(key, member)`), a value under a key into a Map or an object,
   * a value before the place `index` into an array.
   * @throws {@link MusterError} also `MUSTER_STORE_NO_SUCH_INDEX` for a place that an array does not have.
   */
  async insertInto(key: K, index: unknown, ...rest: [value?: unknown, options?: MutationOptions]): Promise<void> {
    const [value, options] = rest;
    const operands = value === undefined ? ([index] as const) : ([index, value] as const);
    await this.#mutate(['insertInto', idOf(key), expiryOf(options), ...operands]);
  }

  /** Removes from a collection what is at an index, of a Set a member. Only an array must have it. */
  async removeFrom(key: K, index: unknown, options?: MutationOptions): Promise<void> {
    await this.#mutate(['removeFrom', idOf(key), expiryOf(options), index]);
  }

  /** Appends to an array. */
  async push(key: K, value: unknown, options?: MutationOptions): Promise<void> {
    await this.#mutate(['push', idOf(key), expiryOf(options), value]);
  }

  /**
   * Removes the last member of an array. Resolves to it.
   * @throws {@link MusterError} also `MUSTER_STORE_NO_SUCH_INDEX` for an empty array.
   */
  async pop(key: K, options?: MutationOptions): Promise<unknown> {
    return await this.#mutate(['pop', idOf(key), expiryOf(options)]);
  }

  /**
   * Replaces the value of a key by what `change` makes of it: as long as somebody else changes it in between, it is called
   * again with what is there then. If it returns `undefined`, nothing changes.
   * @param change - Gets a copy of the value, `undefined` if there is none; must be synchronous.
   * @returns what it returned in the end.
   * @throws {@link MusterError} as rejection `MUSTER_STORE_CONFLICT` after 100 attempts; what `change` throws.
   */
  async update(
    key: K,
    change: (value: V | undefined) => V | undefined,
    options?: MutationOptions,
  ): Promise<V | undefined> {
    const id = idOf(key);
    for (let attempt = 1; ; attempt++) {
      const { replica } = this.#side;
      const version = replica.get(id)?.version ?? 0;
      const value = change(replica.read(id) as V | undefined);
      if (value === undefined) return undefined;
      try {
        await this.#mutate(['putIf', id, expiryOf(options), version, value]);
        return value;
      } catch (thrown) {
        const isConflict = thrown instanceof MusterError && thrown.code === 'MUSTER_STORE_CONFLICT';
        if (!isConflict || attempt === maxAttempts) throw thrown;
      }
    }
  }

  /** Applies several mutations at once, in order, or none of them. */
  async batch(parts: readonly BatchPart[]): Promise<void> {
    await this.#mutate(['batch', null, false, parts.map(mutationOf)]);
  }

  /**
   * Registers a handler of changes, also by others: `insert` and `update` get key, value and, for `update`, the old value;
   * `erase` and `expire` get the value that was there. One that throws is logged.
   * @returns a function that removes the handler.
   */
  on(kind: ChangeKind, handler: (key: K, value: V, old: V | undefined) => unknown): () => void {
    return this.#listeners.on(kind, handler as ChangeHandler);
  }

  #mutate(mutation: Mutation): Promise<unknown> {
    return this.#side.mutate(mutation, encodeMutation(mutation));
  }
}

function mutationOf(part: BatchPart): BatchMember {
  const id: KeyId = idOf(part.key);
  const expiry = expiryOf(part);
  switch (part.type) {
    case 'put':
      return ['put', id, expiry || null, part.value];
    case 'erase':
      return ['erase', id, false];
    case 'pop':
      return ['pop', id, expiry];
    case 'increment':
    case 'decrement':
      return [part.type, id, expiry, part.by ?? 1];
    case 'append':
      return ['append', id, expiry, part.text];
    case 'push':
      return ['push', id, expiry, part.value];
    case 'insertInto':
      return part.value === undefined
        ? ['insertInto', id, expiry, part.index]
        : ['insertInto', id, expiry, part.index, part.value];
    case 'removeFrom':
      return ['removeFrom', id, expiry, part.index];
    default:
      throw new TypeError(`batch: no part is of type ${JSON.stringify((part as BatchPart).type)}`);
  }
}

function expiryOf({ expiry }: MutationOptions = {}): Expiry {
  if (expiry === undefined) return false;
  if (typeof expiry === 'number' && expiry >= 0 && Number.isFinite(expiry)) return expiry;
  throw new TypeError(`expiry: expected a number of ms, 0 or more, not ${String(expiry)}`);
}
