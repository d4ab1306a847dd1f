/**
 * Memory backend: a Map. Nothing outlives the process.
 */
import type { Backend, Batch, Origin, StoreState } from './backend.js';
import { copyValue } from './copy.js';
import type { Entry } from './entry.js';
import { Expiries } from './expiries.js';
import type { KeyId } from './key.js';

export class MemoryBackend implements Backend {
  readonly kind = 'memory';
  readonly origins: ReadonlyMap<string, Origin> = new Map();
  readonly #entries = new Map<KeyId, Entry>();
  readonly #expiries = new Expiries();
  #state: StoreState | undefined;

  get state(): StoreState | undefined {
    return this.#state;
  }

  get(id: KeyId): Entry | undefined {
    return this.#entries.get(id);
  }

  has(id: KeyId): boolean {
    return this.#entries.has(id);
  }

  read(id: KeyId): unknown {
    const value = this.#entries.get(id)?.value;
    return typeof value === 'object' ? copyValue(value) : value;
  }

  ids(): Iterable<KeyId> {
    return this.#entries.keys();
  }

  scan(): Iterator<readonly [KeyId, Entry], undefined> {
    return this.#entries.entries();
  }

  nextExpiry(): number | undefined {
    return this.#expiries.next;
  }

  due(now: number, limit: number): readonly KeyId[] {
    return this.#expiries.due(now, limit);
  }

  write({ clears, changes, state }: Batch): undefined {
    if (clears) {
      this.#entries.clear();
      this.#expiries.clear();
    }
    for (const [id, entry] of changes) {
      if (entry === undefined) {
        this.#entries.delete(id);
        this.#expiries.set(id, null);
      } else {
        const { value, version, expiry, hash } = entry;
        this.#entries.set(id, { value, version, expiry, hash });
        this.#expiries.set(id, expiry);
      }
    }
    this.#state = state;
  }

  async close(): Promise<void> {
    this.#entries.clear();
    this.#expiries.clear();
  }
}
