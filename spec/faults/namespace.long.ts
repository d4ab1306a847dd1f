/**
 * Black hole of the system: all packets vanish, and nobody is told. For a while, and for so long that what is published
 * meanwhile is more than the bound.
 */
import { factsOf } from '../helpers/test-cluster.js';
import { testInNamespace } from './in-namespace.js';
import type { OrdealPlan } from './ordeal.js';
import { assertNoticedInTime } from './time-to-notice.js';

const noticed: OrdealPlan = {
  from: 'clients',
  clients: 2,
  stream: { perSecond: 300, sizes: [10, 2_000, 50, 80_000], whileDown: 'all' },
  options: { connectTimeout: 1_000 },
};

testInNamespace(
  'packets that vanish are noticed at all ends, and nothing is lost or repeated',
  noticed,
  async (t, undergo) => {
    const { missing } = await undergo(async (ordeal, namespace) => {
      const before = performance.now();
      namespace.swallowAll();
      const hasSeen = { 'logger-1': 2, 'control-1': 1, 'control-2': 1 } as Record<string, number>;
      await ordeal.cluster.until(() =>
        ordeal.alive.every(({ name, facts }) => factsOf(facts, 'node_down').length === hasSeen[name]),
      );
      assertNoticedInTime(t, before, 'the last one');
      namespace.heal();
      await ordeal.flowing(100);
    });
    t.is(missing, 0);
  },
);

const kib = 1_024;

const overfull: OrdealPlan = {
  from: 'clients',
  clients: 2,
  stream: { perSecond: 512, sizes: [8 * kib], whileDown: 'all' },
  options: { connectTimeout: 1_000, maxEventSize: 1_024 * kib, maxBufferedBytes: 4_096 * kib, resumeInterval: 120_000 },
};

testInNamespace(
  'packets that vanish for 30 s: what finds no room is counted at both ends',
  overfull,
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
