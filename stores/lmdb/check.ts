/**
 * Check: reads all of an opened store, and compares every hash, key, index entry, digest and size with what it should be.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StoreState } from '../backend.js';
import { digestWith } from '../entry.js';
import type { KeyId } from '../key.js';
import type { Environment, Key, Row, Table } from './environment.js';
import { expiryKey, readExpiryKey } from './expiry-key.js';
import { firstKey, keyBytes } from './key-bytes.js';
import { expires, readEntryRecord, readOriginRecord, readStateRecord } from './record.js';

const atOnce = 1_000;

/** @returns What is wrong; `undefined` if nothing is. */
export async function checkStore(env: Environment): Promise<string | undefined> {
  let [digest, size, bytes, expiring] = [0, 0, 0, 0];
  for await (const { key, value } of walk(env.entries)) {
    const found = readEntryRecord(value);
    if (found === undefined) return `the entry of key ${shown(key)} is not what was written`;
    const [id, { hash, length, expiry }] = found;
    if (!keyBytes(id).equals(bytesOf(key))) return `an entry of key ${shown(id)} is under key ${shown(key)}`;
    if (expires(value) !== (expiry !== null)) return `the entry of key ${shown(id)} is not what was written`;
    if (expiry !== null) {
      expiring += 1;
      if (!env.expiries.doesExist(expiryKey(expiry, id))) return `the expiry of key ${shown(id)} is missing`;
    }
    digest = digestWith(digest, 0, hash);
    size += 1;
    bytes += length;
  }
  let expiries = 0;
  for await (const { key } of walk(env.expiries)) {
    readExpiryKey(key as Uint8Array);
    expiries += 1;
  }
  if (expiries !== expiring) return `${expiries} expiries are kept for ${expiring} entries that expire`;
  return checkAbout(env, { digest, size, bytes });
}

async function checkAbout(
  env: Environment,
  { digest, size, bytes }: Pick<StoreState, 'digest' | 'size' | 'bytes'>,
): Promise<string | undefined> {
  let hasState = false;
  for await (const { key, value } of walk(env.about)) {
    if (key === null) {
      const state = readStateRecord(value);
      if (state === undefined) return 'what the store says of itself is not what was written';
      if (state.size !== size) return `it has ${size} entries and should have ${state.size}`;
      if (state.digest !== digest) return 'the digest of its entries is not what it should be';
      if ((state.bytes ?? bytes) !== bytes) return `its entries have ${bytes} bytes and should have ${state.bytes}`;
      hasState = true;
    } else if (readOriginRecord(value) === undefined) {
      return `what it remembers of clone ${shown(key)} is not what was written`;
    }
  }
  return hasState || size === 0 ? undefined : `it has ${size} entries, and nothing that says so`;
}

/** Everything in a table, some at a time, so that no reader is held up and none holds up the file. */
async function* walk(table: Table): AsyncGenerator<Row> {
  let start: Key = firstKey;
  for (;;) {
    const slice: Row[] = [...table.getRange({ start, exclusiveStart: true, limit: atOnce })];
    yield* slice;
    const last = slice.at(-1);
    if (last === undefined) return;
    start = last.key;
    await nextTurn();
  }
}

function bytesOf(key: Key): Uint8Array {
  return key instanceof Uint8Array ? key : keyBytes(key);
}

export function shown(key: KeyId | Uint8Array): string {
  if (key instanceof Uint8Array) return `0x${Buffer.from(key).toString('hex')}`;
  return typeof key === 'string' ? JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}…` : key) : String(key);
}
