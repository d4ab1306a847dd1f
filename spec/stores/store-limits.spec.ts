/**
 * Limits of a store: whatever is asked of it, it never grows beyond them, it counts its bytes right, and what is refused changes nothing.
 */
import test from 'ava';
import fc from 'fast-check';
import type { Outcome, StoreState } from '../../stores/backend.js';
import { noLimits, type StoreLimits } from '../../stores/draft.js';
import { MemoryBackend } from '../../stores/memory.js';
import type { Mutation } from '../../stores/mutation.js';
import { anyMutation } from './arbitrary-mutations.js';
import { memoryLedger } from './memory-ledger.js';

function storeWith(limits: Partial<StoreLimits>) {
  const backend = new MemoryBackend();
  const ledger = memoryLedger({ backend, limits: { ...noLimits, ...limits } });
  return {
    backend,
    ledger,
    submit(mutation: Mutation): Outcome {
      const outcomes: Outcome[] = [];
      ledger.submit({ mutation, settle: (outcome) => outcomes.push(outcome) });
      return outcomes[0] as Outcome;
    },
  };
}

type Limited = ReturnType<typeof storeWith>;

const written = ({ backend }: Limited) => [...backend.scanWritten()].map(([hash, bytes]) => ({ hash, bytes }));
const counted = (store: Limited) => {
  const entries = written(store);
  return { size: entries.length, bytes: entries.reduce((sum, { bytes }) => sum + bytes.length, 0) };
};

/** The same store, and what becomes of it where nothing is limited. */
function unlimited(
  accepted: readonly Mutation[],
  next: Mutation,
): { before: StoreState; after: StoreState; outcome: Outcome } {
  const { ledger, submit } = storeWith({});
  for (const mutation of accepted) submit(mutation);
  const before = ledger.state;
  const outcome = submit(next);
  return { before, after: ledger.state, outcome };
}

test('what would make a store grow beyond its limits is refused and changes nothing, and all else is as without them', (t) => {
  let refusals = 0;
  const limits = fc.record({ maxEntries: fc.integer({ min: 1, max: 3 }), maxBytes: fc.integer({ min: 10, max: 60 }) });
  fc.assert(
    fc.property(limits, fc.array(anyMutation, { minLength: 20, maxLength: 40, size: 'max' }), (given, mutations) => {
      const store = storeWith(given);
      const accepted: Mutation[] = [];
      for (const mutation of mutations) {
        const { before, after, outcome } = unlimited(accepted, mutation);
        const isTooMuch =
          (after.size > given.maxEntries && after.size > before.size) ||
          (after.bytes > given.maxBytes && after.bytes > before.bytes);
        const found = store.submit(mutation);
        if (isTooMuch) {
          refusals += 1;
          t.is(found.code, 'MUSTER_STORE_FULL');
          t.deepEqual(store.ledger.state, before);
        } else {
          t.deepEqual(found, outcome);
          t.deepEqual(store.ledger.state, after);
          if (outcome.code === undefined) accepted.push(mutation);
        }
        const { size, bytes } = store.ledger.state;
        t.deepEqual({ size, bytes }, counted(store));
        t.true(size <= given.maxEntries && bytes <= given.maxBytes);
      }
    }),
  );
  t.true(refusals > 100, `${refusals} refusals`);
});

test('a full store says what it is full of, and gives room again', (t) => {
  const entries = storeWith({ maxEntries: 2 });
  entries.submit(['put', 'a', null, 1]);
  entries.submit(['put', 'b', 5, 1]);
  const { code, message } = entries.submit(['put', 'c', null, 1]);
  t.is(code, 'MUSTER_STORE_FULL');
  t.is(message, 'it is full: it would have 3 entries, the limit is 2 (maxEntries). Erase something first');
  t.is(entries.submit(['put', 'a', null, 'more']).code, undefined);
  t.is(entries.submit(['expire', 'b', false, 2]).code, undefined);
  t.is(entries.submit(['putUnique', 'c', null, 1]).result, true);

  const bytes = storeWith({ maxBytes: 100 });
  bytes.submit(['put', 'a', null, 'x'.repeat(80)]);
  const refused = bytes.submit(['append', 'a', false, 'y'.repeat(30)]);
  t.is(refused.code, 'MUSTER_STORE_FULL');
  t.is(
    refused.message,
    'it is full: its entries would have 117 bytes, the limit is 100 (maxBytes). Erase something first',
  );
  t.is(bytes.submit(['put', 'a', null, 'x'.repeat(79)]).code, undefined);
  t.is(bytes.submit(['put', 'b', null, 'x'.repeat(30)]).code, 'MUSTER_STORE_FULL');
  bytes.submit(['clear', null, false]);
  t.is(bytes.submit(['put', 'b', null, 'x'.repeat(30)]).code, undefined);
});

test('a batch counts as a whole: for a moment it may need more than it leaves', (t) => {
  const { ledger, submit } = storeWith({ maxEntries: 2 });
  submit(['put', 'a', null, 1]);
  submit(['put', 'b', null, 1]);
  const swap = submit([
    'batch',
    null,
    false,
    [
      ['put', 'c', null, 2],
      ['erase', 'a', false],
    ],
  ]);
  t.is(swap.code, undefined);
  const both = submit([
    'batch',
    null,
    false,
    [
      ['put', 'd', null, 2],
      ['put', 'e', null, 2],
    ],
  ]);
  t.is(both.code, 'MUSTER_STORE_FULL');
  t.is(ledger.state.size, 2);
});

test('a store that has more than it may, since the limit is newer, shrinks and does not grow', (t) => {
  const { backend, submit: fill } = storeWith({});
  for (const key of ['a', 'b', 'c']) fill(['put', key, null, 'x'.repeat(50)]);
  const outcomes: Outcome[] = [];
  const ledger = memoryLedger({ backend, limits: { maxEntries: 2, maxBytes: 100 } });
  const submit = (mutation: Mutation) => ledger.submit({ mutation, settle: (outcome) => outcomes.push(outcome) });
  submit(['put', 'd', null, 1]);
  submit(['put', 'a', null, 'x'.repeat(60)]);
  submit(['put', 'a', null, 'x'.repeat(40)]);
  submit(['erase', 'b', false]);
  t.deepEqual(
    outcomes.map(({ code }) => code),
    ['MUSTER_STORE_FULL', 'MUSTER_STORE_FULL', undefined, undefined],
  );
  t.is(ledger.state.size, 2);
});
