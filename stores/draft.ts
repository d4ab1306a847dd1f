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

export interface DraftTerms {
  /** Bytes that an entry may have, its key included. */
  readonly maxEntrySize: number;
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

  constructor(ground: Ground, { epoch, sequence, digest, size }: StoreState, terms: DraftTerms) {
    this.#ground = ground;
    this.#terms = terms;
    this.#epoch = epoch;
    this.sequence = sequence;
    this.#digest = digest;
    this.#size = size;
  }

  get state(): StoreState {
    return { epoch: this.#epoch, sequence: this.sequence, digest: this.#digest, size: this.#size };
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
    const { length } = entry.bytes;
    const { maxEntrySize } = this.#terms;
    if (length > maxEntrySize) {
      const message = `an entry of ${length} bytes, the limit is ${maxEntrySize}: spread it over several keys`;
      throw new MusterError('MUSTER_STORE_ENTRY_TOO_LARGE', message);
    }
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
  }

  /** A draft upon this one, to be merged or dropped. */
  trial(): Draft {
    return new Draft(this, this.state, this.#terms);
  }

  /** Takes over all that a draft upon this one has changed. */
  merge(above: Draft): void {
    if (above.clears) {
      this.changes.clear();
      this.clears = true;
    }
    for (const [id, entry] of above.changes) this.changes.set(id, entry);
    for (const change of above.history) this.history.push(change);
    this.sequence = above.sequence;
    this.#digest = above.#digest;
    this.#size = above.#size;
  }

  #change(kind: ChangeKind, id: KeyId, entry: WrittenEntry | undefined, before: Entry | undefined): void {
    this.changes.set(id, entry);
    if (this.#terms.isHeard) this.history.push({ kind, id, entry, before });
    this.#digest = digestWith(this.#digest, before?.hash ?? 0, entry?.hash ?? 0);
    this.#size += (entry === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
  }
}
