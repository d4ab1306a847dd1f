/**
 * Draft: changes to a store that are decided and not yet written, over what lies beneath: a backend, or another draft.
 */
import { MusterError } from '../errors.js';
import type { StoreState } from './backend.js';
import { digestWith, type Entry, type WrittenEntry, writeEntry } from './entry.js';
import type { KeyId } from './key.js';

/** What a draft lies on. */
export interface Ground {
  get(id: KeyId): Entry | undefined;
  ids(): Iterable<KeyId>;
}

/** What a store may come to by growing; `Infinity` for no limit. One that is over it already may shrink, or stay as it is. */
export interface StoreLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

export const noLimits: StoreLimits = { maxEntries: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };

export interface DraftTerms {
  /** Bytes that an entry may have, its key included. */
  readonly maxEntrySize: number;
  readonly limits: StoreLimits;
  /** Whether somebody listens to changes. */
  readonly isHeard: boolean;
}

export type ChangeKind = 'insert' | 'update' | 'erase' | 'expire';

/** What has happened to a key: `entry` after it, `before` before it. */
export interface Change {
  readonly kind: ChangeKind;
  readonly id: KeyId;
  readonly entry: Entry | undefined;
  readonly before: Entry | undefined;
}

export class Draft implements Ground {
  readonly changes = new Map<KeyId, WrittenEntry | undefined>();
  /** Every change in order, if somebody listens. */
  readonly history: Change[] = [];
  clears = false;
  sequence: number;
  readonly #ground: Ground;
  readonly #terms: DraftTerms;
  readonly #epoch: string;
  #digest: number;
  #size: number;
  #bytes: number;

  constructor(ground: Ground, { epoch, sequence, digest, size, bytes }: StoreState, terms: DraftTerms) {
    this.#ground = ground;
    this.#terms = terms;
    this.#epoch = epoch;
    this.sequence = sequence;
    this.#digest = digest;
    this.#size = size;
    this.#bytes = bytes;
  }

  get state(): StoreState {
    return {
      epoch: this.#epoch,
      sequence: this.sequence,
      digest: this.#digest,
      size: this.#size,
      bytes: this.#bytes,
    };
  }

  get(id: KeyId): Entry | undefined {
    if (this.changes.has(id)) return this.changes.get(id);
    return this.clears ? undefined : this.#ground.get(id);
  }

  *ids(): Iterable<KeyId> {
    for (const [id, entry] of this.changes) if (entry !== undefined) yield id;
    if (this.clears) return;
    for (const id of this.#ground.ids()) if (!this.changes.has(id)) yield id;
  }

  put(id: KeyId, value: unknown, version: number, expiry: number | null): void {
    const before = this.get(id);
    const entry = writeEntry(id, value, version, expiry);
    const { length } = entry;
    const { maxEntrySize } = this.#terms;
    if (length > maxEntrySize) {
      const message = `an entry of ${length} bytes, the limit is ${maxEntrySize}: spread it over several keys`;
      throw new MusterError('MUSTER_STORE_ENTRY_TOO_LARGE', message);
    }
    this.#refuseGrowth(this.#size + (before === undefined ? 1 : 0), this.#bytes + length - (before?.length ?? 0));
    this.#change(before === undefined ? 'insert' : 'update', id, entry, before);
  }

  /** Takes the entry out, if there is one. */
  erase(id: KeyId, kind: 'erase' | 'expire' = 'erase'): void {
    const before = this.get(id);
    if (before !== undefined) this.#change(kind, id, undefined, before);
  }

  clear(): void {
    if (this.#terms.isHeard) {
      for (const id of this.ids()) {
        this.history.push({ kind: 'erase', id, entry: undefined, before: this.get(id) });
      }
    }
    this.changes.clear();
    this.clears = true;
    this.#digest = 0;
    this.#size = 0;
    this.#bytes = 0;
  }

  /** A draft upon this one, to be merged or dropped. Only what it comes to in the end is held against the limits. */
  trial(): Draft {
    return new Draft(this, this.state, { ...this.#terms, limits: noLimits });
  }

  /** Takes over all that a draft upon this one has changed. @throws {@link MusterError} `MUSTER_STORE_FULL` */
  merge(above: Draft): void {
    this.#refuseGrowth(above.#size, above.#bytes);
    if (above.clears) {
      this.changes.clear();
      this.clears = true;
    }
    for (const [id, entry] of above.changes) this.changes.set(id, entry);
    for (const change of above.history) this.history.push(change);
    this.sequence = above.sequence;
    this.#digest = above.#digest;
    this.#size = above.#size;
    this.#bytes = above.#bytes;
  }

  #refuseGrowth(size: number, bytes: number): void {
    const { maxEntries, maxBytes } = this.#terms.limits;
    if (size > maxEntries && size > this.#size) {
      throw full(`it would have ${size} entries, the limit is ${maxEntries} (maxEntries)`);
    }
    if (bytes > maxBytes && bytes > this.#bytes) {
      throw full(`its entries would have ${bytes} bytes, the limit is ${maxBytes} (maxBytes)`);
    }
  }

  #change(kind: ChangeKind, id: KeyId, entry: WrittenEntry | undefined, before: Entry | undefined): void {
    this.changes.set(id, entry);
    if (this.#terms.isHeard) this.history.push({ kind, id, entry, before });
    this.#digest = digestWith(this.#digest, before?.hash ?? 0, entry?.hash ?? 0);
    this.#size += (entry === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
    this.#bytes += (entry?.length ?? 0) - (before?.length ?? 0);
  }
}

function full(why: string): MusterError {
  return new MusterError('MUSTER_STORE_FULL', `it is full: ${why}. Erase something first`);
}
