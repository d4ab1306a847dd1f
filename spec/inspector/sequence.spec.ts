import test from 'ava';
import { handshakeSpan, sequenceOf, synchronisationSpan } from '../../inspector/model/sequence.js';
import { recorded } from './recorded.js';

const shown = ({ steps }: ReturnType<typeof sequenceOf>) =>
  steps.map((step) =>
    step.type === 'note' ? `${step.node} ${step.label}` : `${step.from} → ${step.to} ${step.label}`,
  );

test('a handshake: hello, hello, accept', async (t) => {
  const { store, at } = await recorded();
  const pair = ['worker-1', 'manager'] as const;
  const span = handshakeSpan(store, pair, at(0));
  const sequence = sequenceOf(store, pair, span ?? [0, 0]);
  const messages = sequence.steps.filter((step) => step.type === 'message');
  t.deepEqual(
    messages.slice(0, 3).map(({ from, label }) => `${from} ${label}`),
    ['worker-1 hello', 'manager hello', 'worker-1 accept'],
  );
  for (const { sent, received } of messages) t.true(sent !== undefined && (received === undefined || received >= sent));
  t.true(shown(sequence).includes('worker-1 up.responsive'));
  t.true(shown(sequence).includes('manager up.responsive'));
});

test('the last handshake before the instant', async (t) => {
  let cut = 0;
  const { store, at, cluster } = await recorded(async (cluster) => {
    cut = cluster.now;
    cluster.cut('manager', 'worker-1');
    await cluster.advance(2_000);
  });
  const pair = ['worker-1', 'manager'] as const;
  const [first] = handshakeSpan(store, pair, at(cut - 1)) ?? [0];
  const [second] = handshakeSpan(store, pair, at(cluster.now)) ?? [0];
  t.true(first < at(cut));
  t.true(second > at(cut));
});

test('a frame of which only one end tells is told once', async (t) => {
  const { store, at, cluster } = await recorded();
  const sequence = sequenceOf(store, ['worker-1', 'manager'], [at(0), at(cluster.now)]);
  const rows = sequence.steps.map(({ row }) => row);
  t.is(new Set(rows).size, rows.length);
});

test('a replica catches up with its master', async (t) => {
  const { store, at, cluster } = await recorded();
  const clone = store.nodes.get('worker-1')?.actors.get('clone hosts');
  if (clone === undefined) return t.fail();
  const span = synchronisationSpan(store, clone, at(cluster.now));
  const steps = shown(sequenceOf(store, ['worker-1', 'manager'], span ?? [0, 0], [clone]));
  t.true(steps.some((step) => step.includes('connection.syncing')));
  t.true(steps.some((step) => step.includes('connection.live')));
  t.true(steps.some((step) => step.startsWith('manager → worker-1 events')));
});
