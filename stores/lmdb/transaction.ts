/**
 * Transaction: batches on their way into LMDB. All that is put in one turn is one transaction of lmdb's, so nothing in
 * here waits, and nothing throws once the first of it is put.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MusterError } from '../../errors.js';
import type { Batch } from '../backend.js';
import type { WrittenEntry } from '../entry.js';
import type { KeyId } from '../key.js';
import { shown } from './check.js';
import type { Environment, Key } from './environment.js';
import { expiryKey } from './expiry-key.js';
import { firstKey, isLong, keyBytes } from './key-bytes.js';
import { entryRecord, expires, readEntryRecord } from './record.js';

const nothing = new Uint8Array(0);

export class Transaction {
  readonly #env: Environment;
  /** Whether an entry may have been in the index by expiry: most stores have none, and are not read for it. */
  #mayExpire: boolean;
  #isCleared = false;
  /** The expiries that it has changed. */
  readonly #expiries = new Map<KeyId, number | null>();
  /** Of its puts: lmdb gives most of a transaction the same one. */
  readonly #promises = new Set<Promise<boolean>>();
  /** Long ids by their bytes. */
  readonly #long = new Map<string, KeyId>();

  constructor(env: Environment) {
    this.#env = env;
    this.#mayExpire = [...env.expiries.getKeys({ start: firstKey, limit: 1 })].length > 0;
  }

  /** Rejects if nothing of it was written. Called at once after the last batch is added, and once. */
  async committed(): Promise<void> {
    const puts = Promise.allSettled(this.#promises);
    await nextTurn();
    // lmdb has begun it now, with one more promise, which ends the process if it is rejected and nobody listens.
    const begun = Promise.allSettled([this.#env.root.committed]);
    for (const result of [...(await puts), ...(await begun)]) if (result.status === 'rejected') throw result.reason;
  }

  /** @throws {@link MusterError} `MUSTER_STORE_WRITE_FAILED` if two long keys have the same bytes. */
  refuseClash({ changes }: Batch): void {
    for (const id of changes.keys()) {
      if (!isLong(id)) continue;
      const bytes = keyBytes(id).toString('latin1');
      const record = this.#env.entries.getBinaryFast(id);
      const other = this.#long.get(bytes) ?? (record && readEntryRecord(record)?.[0]) ?? id;
      if (other !== id) {
        const why = `the keys ${shown(other)} and ${shown(id)}, both longer than 1,960 bytes, cannot be told apart`;
        throw new MusterError('MUSTER_STORE_WRITE_FAILED', `${why}: shorten one`);
      }
      this.#long.set(bytes, id);
    }
  }

  add({ clears, changes }: Batch, about: readonly (readonly [key: Key, record: Buffer | undefined])[]): void {
    const { entries, expiries } = this.#env;
    if (clears) {
      this.#promises.add(entries.clearAsync()).add(expiries.clearAsync());
      this.#isCleared = true;
      this.#expiries.clear();
    }
    for (const [id, entry] of changes) {
      this.#promises.add(entry === undefined ? entries.remove(id) : entries.put(id, entryRecord(entry)));
      this.#index(id, entry);
    }
    for (const [key, record] of about) {
      this.#promises.add(record === undefined ? this.#env.about.remove(key) : this.#env.about.put(key, record));
    }
  }

  #index(id: KeyId, entry: WrittenEntry | undefined): void {
    const expiry = entry?.expiry ?? null;
    const before = this.#mayExpire ? this.#expiryBefore(id) : null;
    if (expiry === before) return;
    const { expiries } = this.#env;
    if (before !== null) this.#promises.add(expiries.remove(expiryKey(before, id)));
    if (expiry !== null) this.#promises.add(expiries.put(expiryKey(expiry, id), nothing));
    this.#expiries.set(id, expiry);
    this.#mayExpire = true;
  }

  #expiryBefore(id: KeyId): number | null {
    const changed = this.#expiries.get(id);
    if (changed !== undefined) return changed;
    const record = this.#isCleared ? undefined : this.#env.entries.getBinaryFast(id);
    return record !== undefined && expires(record) ? (readEntryRecord(record)?.[1].expiry ?? null) : null;
  }
}
