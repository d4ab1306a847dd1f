/**
 * Crowd: twenty processes that publish to one.
 */
import test from 'ava';
import { happen, slow } from './faults.js';
import type { OrdealPlan } from './ordeal.js';
import { undergo } from './undergo.js';

const kib = 1_024;
const twenty: OrdealPlan = {
  from: 'clients',
  clients: 20,
  stream: { perSecond: 60, sizes: [10, 100, 4_000, 50, 80, 100_000], whileDown: 'all' },
  options: { maxEventSize: 1_024 * kib, maxBufferedBytes: 16_384 * kib, resumeInterval: 120_000, leaveTimeout: 30_000 },
};

test.serial(
  '20 publishers lose nothing to an acceptor that is slow, stuck, stopped and cut off from many',
  async (t) => {
    const { missing } = await undergo(t, twenty, async (ordeal) => {
      await slow(ordeal, ordeal.logger, { ms: 5_000, isBusy: true });
      await ordeal.flowing(20);
      await Promise.all(
        ordeal.proxies.map((_, line) =>
          happen(ordeal, { kind: 'cut', line, afterBytes: 10_000 * line + 1, how: 'reset' }),
        ),
      );
      await ordeal.flowing(20);
      await happen(ordeal, { kind: 'stop', end: 0, ms: 6_000 });
      await happen(ordeal, { kind: 'block', end: 0, ms: 3_000 });
      await ordeal.flowing(20);
    });
    t.is(missing, 0);
  },
);

test.serial('20 publishers count what an acceptor had not acknowledged when it was killed', async (t) => {
  const plan = { ...twenty, options: { ...twenty.options, overflow: 'dropOldest' } } as const;
  await undergo(t, plan, async (ordeal) => {
    for (let time = 0; time < 3; time++) {
      await ordeal.killLogger();
      await ordeal.flowing(20);
    }
  });
});
