/**
 * The table of entries in memory: that columns and places that are used again keep apart what belongs to different keys.
 */
import test from 'ava';
import fc from 'fast-check';
import type { Entry } from '../../stores/entry.js';
import { EntryTable } from '../../stores/entry-table.js';
import type { KeyId } from '../../stores/key.js';

const anyId = fc.constantFrom<KeyId[]>('a', 'b', 1, 2, 1n, true, null, '');
const anyEntry = fc.record<Entry>({
  value: fc.constantFrom<unknown>('x', 0, null, [1], 2n),
  version: fc.nat(),
  expiry: fc.option(fc.nat()),
  hash: fc.maxSafeNat(),
  length: fc.nat(),
});
const anyStep = fc.oneof(
  fc.tuple(fc.constant('set' as const), anyId, anyEntry),
  fc.tuple(fc.constant('delete' as const), anyId),
  fc.tuple(fc.constant('clear' as const)),
);

test('it has what a Map would have', (t) => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
      const table = new EntryTable();
      const model = new Map<KeyId, Entry>();
      for (const [step, id = null, entry] of steps) {
        if (step === 'set' && entry !== undefined) {
          table.set(id, entry);
          model.set(id, entry);
        } else if (step === 'delete') {
          table.delete(id);
          model.delete(id);
        } else {
          table.clear();
          model.clear();
        }
        for (const id of ['a', 'b', 1, 2, 1n, true, null, '']) {
          const [found, expected] = [table.get(id), model.get(id)];
          if (found?.value !== expected?.value || found?.version !== expected?.version) return false;
          if (found?.expiry !== expected?.expiry || found?.hash !== expected?.hash) return false;
          if (found?.length !== expected?.length) return false;
        }
      }
      return true;
    }),
  );
  t.pass();
});

test('it grows beyond its first columns, and again after it was cleared', (t) => {
  const table = new EntryTable();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 1_000; i++) table.set(i, entryOf(i, i % 2 ? i : null));
    for (let i = 0; i < 1_000; i += 3) table.delete(i);
    for (let i = 1_000; i < 1_400; i++) table.set(i, entryOf(i, null));
    for (let i = 0; i < 1_000; i++) {
      t.deepEqual(table.get(i), i % 3 === 0 ? undefined : entryOf(i, i % 2 ? i : null));
    }
    table.clear();
    t.is(table.get(1), undefined);
  }
});

function entryOf(i: number, expiry: number | null): Entry {
  return { value: `${i}`, version: i, expiry, hash: i * 7, length: i + 3 };
}
