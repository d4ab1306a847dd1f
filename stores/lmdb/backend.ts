/**
 * LMDB backend: entries on disk. A read is synchronous and sees what has been written; a value that is not what was
 * written is never given out.
 */
import { join } from 'node:path';
import { MusterError } from '../../errors.js';
import type { Backend, Batch, Origin, StoreState } from '../backend.js';
import type { Entry } from '../entry.js';
import type { KeyId } from '../key.js';
import { shown } from './check.js';
import { damaged } from './damaged.js';
import { dataFile, type Environment, type Key } from './environment.js';
import { afterExpiry, readExpiryKey } from './expiry-key.js';
import { firstKey, isLong } from './key-bytes.js';
import { isDamage } from './native-errors.js';
import {
  lengthIn,
  notWritten,
  readEntryRecord,
  readOriginRecord,
  readStateRecord,
  readValue,
  writtenIn,
} from './record.js';
import { Space } from './space.js';
import { Writer } from './writer.js';

/** Entries of a walk that are read at once: no reader is held up, and none keeps LMDB from using its pages again. */
const atOnce = 100;

/** A record of this size stands beside its key; a larger one may have pages of its own, and might be another's. */
const inLeaf = 1_000;

export interface BackendSetup {
  readonly env: Environment;
  readonly directory: string;
  /** Bytes of the disk that stay free. */
  readonly reserve: number;
  /** Called once LMDB is closed. */
  readonly onClosed: () => Promise<void>;
}

export class LmdbBackend implements Backend {
  readonly kind = 'lmdb';
  readonly origins: ReadonlyMap<string, Origin>;
  readonly #env: Environment;
  readonly #setup: BackendSetup;
  readonly #writer: Writer;
  #state: StoreState | undefined;
  #closing: Promise<void> | undefined;

  /** @throws {@link MusterError} `MUSTER_STORE_DAMAGED`. */
  constructor(setup: BackendSetup) {
    const { env, directory, reserve } = setup;
    this.#setup = setup;
    this.#env = env;
    this.#state = this.#reading(() => this.#readState());
    this.origins = this.#reading(() => this.#readOrigins());
    this.#writer = new Writer({
      env,
      directory,
      space: new Space(directory, reserve),
      onWritten: ({ state }) => {
        this.#state = state;
      },
    });
  }

  get state(): StoreState | undefined {
    return this.#state;
  }

  get(id: KeyId): Entry | undefined {
    const record = this.#recordOf(id);
    if (record === undefined) return undefined;
    const found = readEntryRecord(record);
    if (found === undefined) throw this.#wrong(id);
    const [foundId, entry] = found;
    if (foundId === id || Number.isNaN(id)) return entry;
    if (isLong(id)) return undefined;
    throw this.#wrong(id);
  }

  has(id: KeyId): boolean {
    if (isLong(id)) return this.get(id) !== undefined;
    return this.#walk(() => this.#env.entries.doesExist(id));
  }

  read(id: KeyId): unknown {
    const record = this.#recordOf(id);
    if (record === undefined) return undefined;
    if (record.length > inLeaf || isLong(id)) return this.get(id)?.value;
    const value = readValue(record);
    if (value === notWritten) throw this.#wrong(id);
    return value;
  }

  *ids(): Generator<KeyId, undefined> {
    let start: Key = firstKey;
    for (;;) {
      const keys = this.#walk(() => [...this.#env.entries.getKeys({ start, exclusiveStart: true, limit: atOnce })]);
      for (const key of keys) {
        const id = this.#idAt(key);
        if (id !== undefined) yield id;
      }
      const last = keys.at(-1);
      if (last === undefined) return;
      start = last;
    }
  }

  scan(): Generator<readonly [KeyId, Entry], undefined> {
    return this.#scan(readEntryRecord);
  }

  scanWritten(): Generator<readonly [number, Uint8Array], undefined> {
    return this.#scan(writtenIn);
  }

  *#scan<Found>(read: (record: Uint8Array) => Found | undefined): Generator<Found, undefined> {
    let start: Key = firstKey;
    for (;;) {
      const slice = this.#walk(() => [...this.#env.entries.getRange({ start, exclusiveStart: true, limit: atOnce })]);
      for (const { key, value } of slice) {
        const found = read(value);
        if (found === undefined) throw this.#wrong(key);
        yield found;
      }
      const last = slice.at(-1);
      if (last === undefined) return;
      start = last.key;
    }
  }

  nextExpiry(): number | undefined {
    const [first] = this.#walk(() => [...this.#env.expiries.getKeys({ start: firstKey, limit: 1 })]);
    return first === undefined ? undefined : readExpiryKey(first as Uint8Array)[0];
  }

  due(now: number, limit: number): readonly KeyId[] {
    const range = { start: firstKey, end: afterExpiry(now), limit };
    const keys = this.#walk(() => [...this.#env.expiries.getKeys(range)]);
    return keys
      .map((key) => this.#idAt(readExpiryKey(key as Uint8Array)[1]))
      .filter((id): id is KeyId => id !== undefined);
  }

  write(batch: Batch): Promise<void> {
    this.#refuseClosed();
    return this.#writer.write(batch);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async #closeOnce(): Promise<void> {
    await this.#writer.idle();
    await this.#env.root.close();
    await this.#setup.onClosed();
  }

  #readState(): StoreState | undefined {
    const record = this.#env.about.getBinaryFast(null);
    const state = record && readStateRecord(record);
    if (record !== undefined && state === undefined) throw this.#wrong(null);
    const { entryCount } = this.#env.entries.getStats() as { entryCount: number };
    if ((state?.size ?? 0) === entryCount) return state && { ...state, bytes: state.bytes ?? this.#countBytes() };
    throw this.#damaged(`it has ${entryCount} entries and should have ${state?.size ?? 0}`);
  }

  #countBytes(): number {
    let bytes = 0;
    for (const { value } of this.#env.entries.getRange({ start: firstKey })) bytes += lengthIn(value);
    return bytes;
  }

  #readOrigins(): Map<string, Origin> {
    const origins = new Map<string, Origin>();
    for (const { key, value } of this.#env.about.getRange({ start: firstKey })) {
      if (key === null) continue;
      const found = readOriginRecord(value);
      if (found === undefined) throw this.#wrong(key);
      origins.set(...found);
    }
    return origins;
  }

  /** The id of a key; that of a long one is in its entry. */
  #idAt(key: Key): KeyId | undefined {
    if (!(key instanceof Uint8Array)) return key;
    const record = this.#env.entries.getBinaryFast(key);
    if (record === undefined) return undefined;
    const found = readEntryRecord(record);
    if (found === undefined) throw this.#wrong(key);
    return found[0];
  }

  /** Its bytes are good until the next read. */
  #recordOf(id: KeyId): Uint8Array | undefined {
    this.#refuseClosed();
    try {
      return this.#env.entries.getBinaryFast(id);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #walk<Result>(read: () => Result): Result {
    this.#refuseClosed();
    return this.#reading(read);
  }

  #reading<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): unknown {
    return error instanceof MusterError || !isDamage(error) ? error : this.#damaged(String(error), error);
  }

  #wrong(key: Key): MusterError {
    return this.#damaged(`what it has under key ${shown(key)} is not what was written`);
  }

  #damaged(why: string, cause?: unknown): MusterError {
    return damaged(join(this.#setup.directory, dataFile), why, { cause });
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) {
      throw new MusterError('MUSTER_STORE_CLOSED', `the store in ${this.#setup.directory} is closed`);
    }
  }
}
