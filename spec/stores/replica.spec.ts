import test from 'ava';
import fc from 'fast-check';
import type { StoreState } from '../../stores/backend.js';
import { writeEntry } from '../../stores/entry.js';
import { idOf } from '../../stores/key.js';
import { Ledger } from '../../stores/ledger.js';
import { MemoryBackend } from '../../stores/memory.js';
import { type BatchMember, encodeMutation, type Mutation, type Single } from '../../stores/mutation.js';
import { Replica } from '../../stores/replica.js';

const terms = { maxEntrySize: 100_000, isHeard: false };

/** A ledger in memory, with everything that it has ordered. */
function original() {
  const backend = new MemoryBackend();
  const ordered: Uint8Array[] = [];
  const ledger = new Ledger({
    backend,
    epoch: 'e',
    maxEntrySize: 100_000,
    now: () => 0,
    endOfTurn() {},
    isHeard: () => false,
    written: ({ mutations }) => ordered.push(...mutations.map(encodeMutation)),
    failed() {},
  });
  return { backend, ledger, ordered, submit: (mutation: Mutation) => ledger.submit({ mutation, settle() {} }) };
}

const id = fc.constantFrom('a', 'b', 7, idOf([1]), idOf('\uffff'));
const value = fc.constantFrom<unknown>(1, 'text', [1], new Set([1]), new Map([[1, 2]]), { a: 1 }, null, -0, 2n);
const index = fc.constantFrom<unknown>(0, 1, 'a', [1]);
const single: fc.Arbitrary<Single> = fc.oneof(
  fc.tuple(fc.constant('put' as const), id, fc.constantFrom(null, 50), value),
  fc.tuple(fc.constant('putUnique' as const), id, fc.constant(null), value),
  fc.tuple(fc.constant('erase' as const), id, fc.constant(false as const)),
  fc.tuple(
    fc.constantFrom('increment' as const, 'decrement' as const),
    id,
    fc.constantFrom(false as const, 9),
    fc.constantFrom(1, 2n),
  ),
  fc.tuple(fc.constant('append' as const), id, fc.constant(false as const), fc.constant('x')),
  fc.tuple(fc.constant('push' as const), id, fc.constant(false as const), value),
  fc.tuple(fc.constant('pop' as const), id, fc.constant(false as const)),
  fc.tuple(fc.constant('insertInto' as const), id, fc.constant(false as const), index, value),
  fc.tuple(fc.constant('insertInto' as const), id, fc.constant(false as const), index),
  fc.tuple(fc.constant('removeFrom' as const), id, fc.constant(false as const), index),
);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 12, arbitrary: single },
  { weight: 1, arbitrary: fc.constant<Mutation>(['clear', null, false]) },
  {
    weight: 2,
    arbitrary: fc
      .array(single, { maxLength: 4 })
      .map(
        (members): Mutation => [
          'batch',
          null,
          false,
          members.filter(([kind]) => kind !== 'putUnique') as BatchMember[],
        ],
      ),
  },
);

const contents = (backend: MemoryBackend) => Object.fromEntries([...backend.ids()].map((id) => [id, backend.get(id)]));

test('whoever applies the same mutations in the same order has the same store', (t) => {
  fc.assert(
    fc.property(fc.array(mutation, { maxLength: 60 }), (mutations) => {
      const { backend, ledger, ordered, submit } = original();
      for (const one of mutations) submit(one);
      const replica = new Replica('e');
      replica.equals(replica.state);
      replica.apply(1, ordered, terms);
      t.deepEqual(contents(replica.backend), contents(backend));
      t.true(replica.equals(ledger.state));
    }),
  );
});

test('a snapshot that is read in pieces while mutations go on yields the same store', (t) => {
  const step = fc.oneof({ weight: 3, arbitrary: mutation }, { weight: 2, arbitrary: fc.constant('piece' as const) });
  fc.assert(
    fc.property(fc.array(mutation, { maxLength: 20 }), fc.array(step, { maxLength: 40 }), (before, steps) => {
      const { backend, ledger, ordered, submit } = original();
      for (const one of before) submit(one);
      const replica = new Replica('e');
      let sent = ledger.state.sequence;
      replica.begin(sent);
      const scan = backend.scan();
      const sendPiece = (): boolean => {
        replica.apply(sent + 1, ordered.slice(sent), terms);
        sent = ledger.state.sequence;
        const next = scan.next();
        if (next.done === true) return false;
        const [id, { value, version, expiry, hash }] = next.value;
        replica.load([hash], [writeEntry(id, value, version, expiry).bytes]);
        return true;
      };
      for (const one of steps) {
        if (one === 'piece') sendPiece();
        else submit(one);
      }
      while (sendPiece());
      t.true(replica.equals(ledger.state));
      t.deepEqual(contents(replica.backend), contents(backend));
    }),
    { numRuns: 300 },
  );
});

test('a replica that is not what it should be is found out', (t) => {
  const { ledger, ordered, submit } = original();
  submit(['put', 'a', null, 1]);
  submit(['put', 'b', null, 2]);
  const replica = new Replica('e');
  replica.equals(replica.state);
  replica.apply(1, ordered, terms);
  t.true(replica.equals(ledger.state));
  const states: Partial<StoreState>[] = [{ epoch: 'f' }, { sequence: 3 }, { size: 1 }, { digest: 7 }];
  for (const other of states) t.false(replica.equals({ ...ledger.state, ...other }));
});

test('what does not follow, and what is no mutation or entry, is refused in words', (t) => {
  const replica = new Replica('e');
  const frame = { code: 'MUSTER_FRAME_INVALID' };
  t.throws(() => replica.apply(2, [encodeMutation(['erase', 'a', false])], terms), frame);
  t.throws(() => replica.apply(1, [encodeMutation(['nonsense', 'a', false] as unknown as Mutation)], terms), frame);
  t.throws(() => replica.apply(1, [encodeMutation(['put', 'a', null] as unknown as Mutation)], terms), frame);
  const conditional = ['batch', null, false, [['putUnique', 'a', null, 1]]] as unknown as Mutation;
  t.throws(() => replica.apply(1, [encodeMutation(conditional)], terms), frame);
  const { bytes, hash } = writeEntry('a', 1, 1, null);
  t.throws(() => replica.load([hash + 1], [bytes]), frame);
});
