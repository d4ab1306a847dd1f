/**
 * Endurance: faults that last. Timers and probes are as by default; bounds are so low that what has to wait exceeds them
 * by far, and memory would, if they did not hold.
 */
import test from 'ava';
import type { OptionsInput } from '../../index.js';
import { factsOf } from '../helpers/test-cluster.js';
import { slow, stop } from './faults.js';
import type { OrdealPlan } from './ordeal.js';
import { undergo } from './undergo.js';

const kib = 1_024;

/** 4 MiB a second. */
const heavy = { perSecond: 512, sizes: [8 * kib], whileDown: 'all' } as const;
/** What a minute of it comes to is within any bound. */
const light = { perSecond: 100, sizes: [100, 1_000], whileDown: 'all' } as const;

const plan = (stream: OrdealPlan['stream'], options: OptionsInput = {}): OrdealPlan => ({
  from: 'clients',
  clients: 1,
  stream,
  options: { maxEventSize: 1_024 * kib, maxBufferedBytes: 4_096 * kib, leaveTimeout: 30_000, ...options },
});

for (const end of ['sender', 'receiver'] as const) {
  test(`a ${end} that is stopped for 30 s goes on, and nothing is lost as long as there is room`, async (t) => {
    const { missing } = await undergo(t, plan(light), async (ordeal) => {
      await ordeal.flowing(500);
      const [node] = ordeal[`${end}s`];
      if (node !== undefined) await stop(node, 30_000);
      await ordeal.flowing(100);
      for (const { facts } of ordeal.alive) t.is(factsOf(facts, 'node_down').length, 1);
    });
    t.is(missing, 0);
  });

  test(`a ${end} whose event loop is blocked for 10 s is not down, and nothing is lost`, async (t) => {
    const { missing } = await undergo(t, plan(heavy), async (ordeal) => {
      await ordeal.flowing(500);
      await ordeal[`${end}s`][0]?.do('block', 10_000);
      await ordeal.flowing(100);
      for (const { facts } of ordeal.alive) t.deepEqual(factsOf(facts, 'node_down'), []);
    });
    t.is(missing, 0);
  });
}

test('what is published to a receiver that is stopped for 30 s is kept within the bound, the rest is counted', async (t) => {
  const { missing } = await undergo(t, plan(heavy), async (ordeal) => {
    await ordeal.flowing(500);
    await stop(ordeal.logger, 30_000);
    await ordeal.flowing(100);
  });
  t.true(missing > 0);
});

for (const [overflow, isBusy] of [
  ['block', true],
  ['dropOldest', true],
  ['dropNewest', false],
  ['disconnect', false],
] as const) {
  const how = isBusy ? 'busy' : 'waiting';
  test(`${overflow}: a receiver that is ten times slower than its sender for a minute, ${how}`, async (t) => {
    const stream = { ...heavy, whileDown: overflow === 'disconnect' ? 'none' : 'all' } as const;
    const { missing } = await undergo(t, plan(stream, { overflow }), async (ordeal) => {
      await ordeal.flowing(500);
      await slow(ordeal, ordeal.logger, { ms: 60_000, isBusy });
      await ordeal.flowing(100);
    });
    t.is(missing > 0, overflow !== 'block');
  });
}
