/**
 * Environment: LMDB, opened the way a store needs it. What damaged files do to LMDB ends the process, so nobody opens
 * one here that has not been looked at before (`inspection.ts`).
 *
 *   entries    key → record of the entry
 *   expiries   when an entry expires, and its key → nothing
 *   about      null → record of the store's state; a clone's node id → record of what is remembered of it
 */
import { type DatabaseOptions, open, type RootDatabase, type RootDatabaseOptions } from 'lmdb';
import type { KeyId } from '../key.js';
import { readKey, writeKey } from './key-bytes.js';

/** What a settled `write()` outlives: a crash of the machine, or of the process alone. */
export type Durability = 'flushed' | 'committed';

export type Key = KeyId | Uint8Array;

/** A database of lmdb's, whose own types know no keys with an encoder of their own. */
export interface Table {
  /** A copy. */
  getBinary(key: Key): Uint8Array | undefined;
  /** Good until the next read, whose bytes take its place. Its `length` is right, the length of its iterator is not. */
  getBinaryFast(key: Key): Uint8Array | undefined;
  doesExist(key: Key): boolean;
  put(key: Key, value: Uint8Array): Promise<boolean>;
  remove(key: Key): Promise<boolean>;
  getKeys(range: Range): Iterable<Key>;
  getRange(range: Range): Iterable<Row>;
  clearAsync(): Promise<boolean>;
  getStats(): unknown;
}

export interface Row {
  readonly key: Key;
  readonly value: Uint8Array;
}

interface Range {
  readonly start: Key;
  readonly end?: Key;
  readonly exclusiveStart?: boolean;
  readonly limit?: number;
}

export interface Environment {
  readonly root: RootDatabase;
  readonly entries: Table;
  readonly expiries: Table;
  readonly about: Table;
}

export interface EnvironmentOptions {
  readonly directory: string;
  readonly durability: Durability;
  readonly mapSize: number;
}

export const dataFile = 'data.mdb';

/** @throws What lmdb throws, with a native `code`. */
export function openEnvironment({ directory, durability, mapSize }: EnvironmentOptions): Environment {
  const keyed = { encoding: 'binary', keyEncoder: { writeKey, readKey } } as const;
  const options = {
    encoding: 'binary',
    noSubdir: false,
    maxDbs: 4,
    mapSize,
    overlappingSync: durability === 'committed',
    permissionsMode: 0o600,
  };
  const root = open(directory, options as RootDatabaseOptions);
  const table = (name: string, options: DatabaseOptions) => root.openDB(name, options) as unknown as Table;
  return {
    root,
    entries: table('entries', { ...keyed }),
    expiries: table('expiries', { encoding: 'binary', keyEncoding: 'binary' }),
    about: table('about', { ...keyed }),
  };
}

/**
 * The process that has this environment open besides this one. LMDB's table of readers is the lock: it shows every
 * process that has read, and forgets those that have ended, however they did.
 */
export function otherUser({ root, about }: Environment): number | undefined {
  about.getBinaryFast(null);
  root.readerCheck();
  const users = root.readerList().matchAll(/^\s*(\d+) /gm);
  return [...users].map(([, pid]) => Number(pid)).find((pid) => pid !== process.pid);
}
