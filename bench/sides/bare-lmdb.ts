/**
 * What a store on disk is compared with: lmdb-js with its own keys and its own msgpack.
 */
import { join } from 'node:path';
import { type Key, open } from 'lmdb';
import { defineRole } from '../harness/role.js';
import type { Durability } from './muster-store.js';
import { createStoreMeter } from './store-meter.js';

export interface BareLmdbInput {
  readonly directory: string;
  readonly durability: Durability;
}

export const bareLmdb = defineRole(import.meta.url, 'bareLmdb', async ({ directory, durability }: BareLmdbInput) => {
  // With overlapping syncs a promise settles at the commit, which is not on disk yet.
  const root = open({ path: join(directory, 'bare'), noSubdir: false, overlappingSync: durability === 'committed' });
  return createStoreMeter({
    table: (shape) => {
      const db = root.openDB<unknown, Key>(shape, {});
      return { get: (key) => db.get(key as Key), put: (key, value) => db.put(key as Key, value) };
    },
    close: () => root.close(),
  });
});
