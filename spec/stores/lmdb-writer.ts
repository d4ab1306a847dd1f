/**
 * A process that writes batches to the store it is given, in the given durability, several under way at once, and tells its
 * parent of each that is acknowledged, until it is killed. Batch n adds `n, 0` to `n, 4`, and counts.
 */
import { digestWith, type Entry, type WrittenEntry, writeEntry } from '../../stores/entry.js';
import { idOf, type KeyId } from '../../stores/key.js';
import type { Durability } from '../../stores/lmdb/environment.js';
import { openLmdbBackend } from '../../stores/lmdb/open.js';

const [path, durability] = process.argv.slice(2) as [string, Durability];
process.send?.('started');
const backend = await openLmdbBackend({ path, durability });
let { sequence, digest, bytes } = backend.state ?? { sequence: 0, digest: 0, bytes: 0 };
let counted: Pick<Entry, 'hash' | 'length'> = backend.get('count') ?? { hash: 0, length: 0 };

async function writeNext(): Promise<void> {
  sequence += 1;
  const changes = new Map<KeyId, WrittenEntry>();
  const put = (key: unknown, value: unknown, expiry: number | null) => {
    const entry = writeEntry(idOf(key), value, sequence, expiry);
    changes.set(idOf(key), entry);
    digest = digestWith(digest, 0, entry.hash);
    bytes += entry.length;
    return entry;
  };
  for (let part = 0; part < 5; part++) put([sequence, part], 'x'.repeat((sequence * 37) % 3_000), sequence);
  digest = digestWith(digest, counted.hash, 0);
  bytes -= counted.length;
  counted = put('count', sequence, null);
  const state = { epoch: '00c0ffee00c0ffee', sequence, digest, size: 5 * sequence + 1, bytes };
  const number = sequence;
  const origins = new Map([['clone', { last: number, outcomes: [] }]]);
  await backend.write({ clears: false, changes, state, origins });
  process.send?.(number);
}

for (;;) await Promise.all([writeNext(), writeNext(), writeNext()]);
