/**
 * Backend: where the entries of a master rest. It knows keys and entries, and neither mutations nor the network.
 * What it reads is what has been written: a `write()` shows as a whole, and once it is durable, also where it can take
 * its time.
 */
import type { Entry, WrittenEntry } from './entry.js';
import type { KeyId } from './key.js';

/** What a store is, apart from its entries; written together with them. */
export interface StoreState {
  /** Identifies a history of mutations: 16 hexadecimal digits. */
  readonly epoch: string;
  /** Mutations that have been applied. */
  readonly sequence: number;
  /** Sum of the entries' hashes, see `digestWith()`. */
  readonly digest: number;
  /** Entries. */
  readonly size: number;
  /** Bytes of the entries as they are written, keys included. */
  readonly bytes: number;
}

/** How a mutation of a clone ended, kept until the clone has been told. */
export interface Outcome {
  /** By which the clone counts it: 1, 2, 3, … */
  readonly number: number;
  /** The store's sequence number at that moment: a replica that has come to it shows the mutation. */
  readonly sequence: number;
  /** A `MUSTER_STORE_…` code if it was refused. */
  readonly code?: string;
  readonly message?: string;
  /** What the caller's promise resolves to; absent for nothing. */
  readonly result?: unknown;
}

/** What a master remembers of a clone, so that nothing is applied twice. */
export interface Origin {
  /** The last of its mutations that was decided. */
  readonly last: number;
  readonly outcomes: readonly Outcome[];
}

/** What happens at once or not at all. */
export interface Batch {
  /** Whether all earlier entries go first. */
  readonly clears: boolean;
  /** The keys that differ afterwards; `undefined` has no entry any more. */
  readonly changes: ReadonlyMap<KeyId, WrittenEntry | undefined>;
  readonly state: StoreState;
  /** The clones, by node id, of which something else is remembered afterwards; `undefined`: nothing any more. */
  readonly origins: ReadonlyMap<string, Origin | undefined>;
}

export interface Backend {
  readonly kind: 'memory' | 'lmdb';
  /** As it was opened, or last written. `undefined`: a new store, never written. */
  readonly state: StoreState | undefined;
  /** As they were when it was opened. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** The entry itself: its value must not be changed. */
  get(id: KeyId): Entry | undefined;
  has(id: KeyId): boolean;
  /** The value alone, for a user to keep; `undefined` if there is no entry. */
  read(id: KeyId): unknown;
  ids(): Iterable<KeyId>;
  /**
   * A walk over all entries that may be interrupted by writes: of an entry that they change it may show what was before or
   * after, or both; of one that is new, nothing perhaps.
   */
  scan(): Iterator<readonly [id: KeyId, entry: Entry], undefined>;
  /** The same walk over what `writeEntry()` wrote: what a snapshot is made of. Nobody changes the bytes. */
  scanWritten(): Iterator<readonly [hash: number, bytes: Uint8Array], undefined>;
  /** When the next entry expires, in ms since 1970; `undefined` if none ever does. */
  nextExpiry(): number | undefined;
  /** Up to `limit` keys whose expiry is at or before `now`, the earliest first. */
  due(now: number, limit: number): readonly KeyId[];
  /**
   * Writes a batch; batches show in the order of these calls. Without a promise it is done on return.
   * @throws {@link MusterError} `MUSTER_STORE_WRITE_FAILED`, also as rejection: nothing of it was written, and it is safe to
   * try again.
   */
  write(batch: Batch): Promise<void> | undefined;
  /** Closes it, after all writes have settled. Safe to call twice. */
  close(): Promise<void>;
}
