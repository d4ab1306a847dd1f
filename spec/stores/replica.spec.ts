import test from 'ava';
import fc from 'fast-check';
import type { StoreState } from '../../stores/backend.js';
import { noLimits } from '../../stores/draft.js';
import { writeEntry } from '../../stores/entry.js';
import { MemoryBackend } from '../../stores/memory.js';
import { encodeMutation, type Mutation } from '../../stores/mutation.js';
import { Replica } from '../../stores/replica.js';
import { anyMutation } from './arbitrary-mutations.js';
import { memoryLedger } from './memory-ledger.js';

const terms = { maxEntrySize: 100_000, limits: noLimits, isHeard: false };

/** A ledger in memory, with everything that it has ordered. */
function original() {
  const backend = new MemoryBackend();
  const ordered: Uint8Array[] = [];
  const ledger = memoryLedger({
    backend,
    written: ({ mutations }) => ordered.push(...mutations.map(encodeMutation)),
  });
  return { backend, ledger, ordered, submit: (mutation: Mutation) => ledger.submit({ mutation, settle() {} }) };
}

const contents = (backend: MemoryBackend) => Object.fromEntries([...backend.ids()].map((id) => [id, backend.get(id)]));

test('whoever applies the same mutations in the same order has the same store', (t) => {
  fc.assert(
    fc.property(fc.array(anyMutation, { maxLength: 60 }), (mutations) => {
      const { backend, ledger, ordered, submit } = original();
      for (const one of mutations) submit(one);
      const replica = new Replica('e');
      replica.equals(replica.state);
      replica.apply(1, ordered, terms);
      t.deepEqual(contents(replica.backend), contents(backend));
      t.true(replica.equals(ledger.state));
      t.is(replica.state.bytes, ledger.state.bytes);
    }),
  );
});

test('mutations that a replica knows are passed over', (t) => {
  const { ledger, ordered, submit } = original();
  submit(['put', 'a', null, 1]);
  for (let i = 0; i < 3; i++) submit(['increment', 'a', false, 1]);
  const replica = new Replica('e');
  replica.apply(1, ordered.slice(0, 2), terms);
  replica.equals(replica.state);
  replica.apply(2, ordered.slice(1), terms);
  t.is(replica.backend.get('a')?.value, 4);
  t.true(replica.equals(ledger.state));
});

test('a snapshot that is read in pieces while mutations go on yields the same store', (t) => {
  const step = fc.oneof({ weight: 3, arbitrary: anyMutation }, { weight: 2, arbitrary: fc.constant('piece' as const) });
  fc.assert(
    fc.property(fc.array(anyMutation, { maxLength: 20 }), fc.array(step, { maxLength: 40 }), (before, steps) => {
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
      t.is(replica.state.bytes, ledger.state.bytes);
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
