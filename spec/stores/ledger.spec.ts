import test from 'ava';
import { MusterError } from '../../errors.js';
import type { Backend, Batch, Outcome } from '../../stores/backend.js';
import { noLimits } from '../../stores/draft.js';
import { Ledger } from '../../stores/ledger.js';
import { MemoryBackend } from '../../stores/memory.js';
import type { Mutation } from '../../stores/mutation.js';
import { memoryLedger } from './memory-ledger.js';

/** A ledger over a disk that writes, or fails, when the test says so. */
function onDisk() {
  const content = new MemoryBackend();
  const writes: { batch: Batch; resolve(): void; reject(error: Error): void }[] = [];
  const backend = {
    kind: 'lmdb',
    origins: new Map(),
    state: undefined,
    get: (id: string) => content.get(id),
    ids: () => content.ids(),
    write: (batch: Batch) =>
      new Promise<void>((resolve, reject) => {
        const done = () => {
          content.write(batch);
          resolve();
        };
        writes.push({ batch, resolve: done, reject });
      }),
  } as unknown as Backend;
  const failures: MusterError[] = [];
  const turns: (() => void)[] = [];
  const ledger = new Ledger({
    backend,
    epoch: 'e',
    maxEntrySize: 1_000,
    limits: noLimits,
    now: () => 1_000,
    endOfTurn: (callback) => turns.push(callback),
    isHeard: () => false,
    written() {},
    failed: (error) => failures.push(error),
  });
  const outcomes: Outcome[] = [];
  const submit = (mutation: Mutation, origin?: { clone: string; number: number }) =>
    ledger.submit({ mutation, settle: (outcome) => outcomes.push(outcome), ...(origin && { origin }) });
  const endTurn = () => {
    for (const task of turns.splice(0)) task();
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { ledger, content, writes, failures, outcomes, submit, endTurn, settle };
}

test('mutations of one turn are one batch, and those that come while it is written are the next', async (t) => {
  const { content, writes, outcomes, submit, endTurn, settle } = onDisk();
  submit(['put', 'n', null, 1]);
  submit(['increment', 'n', false, 1]);
  t.is(writes.length, 0);
  endTurn();
  t.is(writes.length, 1);
  submit(['increment', 'n', false, 5]);
  endTurn();
  t.is(writes.length, 1, 'one at a time');
  t.deepEqual(outcomes, [], 'nothing is told before it is durable');
  writes[0]?.resolve();
  await settle();
  t.is(content.get('n')?.value, 2);
  t.deepEqual(
    outcomes.map(({ sequence, result }) => [sequence, result]),
    [
      [1, undefined],
      [2, 2],
    ],
  );
  writes[1]?.resolve();
  await settle();
  t.is(content.get('n')?.value, 7);
  t.is(outcomes[2]?.result, 7);
});

test('a batch that cannot be written is refused, and what was decided upon it is decided anew', async (t) => {
  const { ledger, content, writes, failures, outcomes, submit, endTurn, settle } = onDisk();
  submit(['put', 'n', null, 1]);
  endTurn();
  submit(['increment', 'n', false, 1]);
  submit(['put', 'm', null, 2]);
  writes[0]?.reject(new MusterError('MUSTER_STORE_WRITE_FAILED', 'full'));
  await settle();
  t.is(failures.length, 1);
  t.is(outcomes[0]?.code, 'MUSTER_STORE_WRITE_FAILED');
  writes[1]?.resolve();
  await settle();
  t.is(outcomes[1]?.code, 'MUSTER_STORE_NO_SUCH_KEY');
  t.is(outcomes[2]?.code, undefined);
  t.deepEqual([...content.ids()], ['m']);
  t.deepEqual([ledger.state.sequence, ledger.state.size], [1, 1]);
});

test('what a clone sends again is applied once, and its outcome is kept until the clone knows it', async (t) => {
  const { ledger, content, writes, submit, endTurn, settle } = onDisk();
  submit(['put', 'n', null, 0]);
  submit(['increment', 'n', false, 1], { clone: 'w_1', number: 1 });
  submit(['increment', 'none', false, 1], { clone: 'w_1', number: 2 });
  submit(['increment', 'n', false, 1], { clone: 'w_1', number: 1 });
  endTurn();
  t.deepEqual(ledger.origin('w_1').outcomes, [], 'not durable yet');
  writes[0]?.resolve();
  await settle();
  t.is(content.get('n')?.value, 1);
  submit(['increment', 'n', false, 1], { clone: 'w_1', number: 2 });
  const { last, outcomes } = ledger.origin('w_1');
  t.is(last, 2);
  t.deepEqual(
    outcomes.map(({ number, code }) => [number, code]),
    [
      [1, undefined],
      [2, 'MUSTER_STORE_NO_SUCH_KEY'],
    ],
  );
  t.deepEqual(writes[0]?.batch.origins.get('w_1'), { last, outcomes });
  ledger.forgetOutcomes('w_1', 1);
  t.is(ledger.origin('w_1').outcomes.length, 1);
});

test('only the latest lifetimes of a node are remembered', async (t) => {
  const { ledger, writes, submit, endTurn, settle } = onDisk();
  for (let life = 0; life < 20; life++) {
    submit(['put', 'n', null, life], { clone: `w_${life}`, number: 1 });
    submit(['put', 'n', null, life], { clone: `other_${life % 2}`, number: 1 + life });
  }
  endTurn();
  writes[0]?.resolve();
  await settle();
  t.is(ledger.origin('w_3').last, 0);
  t.is(ledger.origin('w_4').last, 1);
  t.is(ledger.origin('other_0').last, 19);
  t.true(writes[0]?.batch.origins.has('w_3'));
});

test('an entry that is too large is refused, and so is what two good parts make together', (t) => {
  const outcomes: Outcome[] = [];
  const ledger = memoryLedger({ maxEntrySize: 1_000 });
  const submit = (mutation: Mutation) => ledger.submit({ mutation, settle: (outcome) => outcomes.push(outcome) });
  submit(['put', 'k', null, 'x'.repeat(2_000)]);
  submit(['put', 'b', null, 2n ** 63n]);
  submit(['increment', 'b', false, 2n ** 63n]);
  t.deepEqual(
    outcomes.map(({ code }) => code),
    ['MUSTER_STORE_ENTRY_TOO_LARGE', undefined, 'MUSTER_STORE_TYPE_CLASH'],
  );
});
