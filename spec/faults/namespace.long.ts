/**
 * Black hole of the system, for long: what is published meanwhile is more than the bound.
 */
import { testInNamespace } from './in-namespace.js';
import type { OrdealPlan } from './ordeal.js';

const kib = 1_024;

const plan: OrdealPlan = {
  from: 'clients',
  clients: 2,
  stream: { perSecond: 512, sizes: [8 * kib], whileDown: 'all' },
  options: { connectTimeout: 1_000, maxEventSize: 1_024 * kib, maxBufferedBytes: 4_096 * kib, resumeInterval: 120_000 },
};

testInNamespace(
  'packets that vanish for 30 s: what finds no room is counted at both ends',
  plan,
  async (t, undergo) => {
    const { missing } = await undergo(async (ordeal, namespace) => {
      namespace.swallowAll();
      await new Promise((resolve) => setTimeout(resolve, 30_000));
      namespace.heal();
      await ordeal.flowing(100);
    });
    t.true(missing > 0);
  },
);
