/**
 * Memory backend: a Map. Nothing outlives the process.
 */
import type { Backend, Batch, Origin, StoreState } from './backend.js';
import { copyValue } from './copy.js';
import { type Entry, writeEntry } from './entry.js';
import { EntryTable } from './entry-table.js';
import { Expiries } from './expiries.js';
import type { KeyId } from './key.js';

export class MemoryBackend implements Backend {
  readonly kind = 'memory';
  readonly origins: ReadonlyMap<string, Origin> = new Map();
  readonly #entries = new EntryTable();
  /** The values once more: a read costs hardly more than one of a Map. None is `undefined`. */
  readonly #values = new Map<KeyId, unknown>();
  readonly #expiries = new Expiries();
  #state: StoreState | undefined;

  get state(): StoreState | undefined {
    return this.#state;
  }

  get(id: KeyId): Entry | undefined {
    return this.#entries.get(id);
  }

  has(id: KeyId): boolean {
    return this.#values.has(id);
  }

  read(id: KeyId): unknown {
    const value = this.#values.get(id);
    return typeof value === 'object' ? copyValue(value) : value;
  }

  ids(): Iterable<KeyId> {
    return this.#values.keys();
  }

  *scan(): Generator<readonly [KeyId, Entry], undefined> {
    // New keys are last. Whoever erases and puts faster than this walks must not make it endless.
    let left = this.#values.size;
    for (const id of this.#values.keys()) {
      if (left === 0) return;
      left -= 1;
      yield [id, this.#entries.get(id) as Entry];
    }
  }

  *scanWritten(): Generator<readonly [number, Uint8Array], undefined> {
    for (const [id, { value, version, expiry, hash }] of this.scan()) {
      yield [hash, writeEntry(id, value, version, expiry).bytes];
    }
  }

  nextExpiry(): number | undefined {
    return this.#expiries.next;
  }

  due(now: number, limit: number): readonly KeyId[] {
    return this.#expiries.due(now, limit);
  }

  write({ clears, changes, state }: Batch): undefined {
    if (clears) this.#clear();
    for (const [id, entry] of changes) {
      if (entry === undefined) this.#delete(id);
      else this.load(id, entry);
    }
    this.#state = state;
  }

  /** Writes one entry, without a word on the state. */
  load(id: KeyId, entry: Entry): void {
    this.#values.set(id, entry.value);
    this.#entries.set(id, entry);
    this.#expiries.set(id, entry.expiry);
  }

  async close(): Promise<void> {
    this.#clear();
  }

  #delete(id: KeyId): void {
    this.#values.delete(id);
    this.#entries.delete(id);
    this.#expiries.set(id, null);
  }

  #clear(): void {
    this.#values.clear();
    this.#entries.clear();
    this.#expiries.clear();
  }
}
