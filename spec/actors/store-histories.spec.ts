import { randomInt } from 'node:crypto';
import test from 'ava';
import { type HistoryOptions, liveHistory } from './store-histories.js';

const first = Number(process.env.MUSTER_HISTORY_SEED ?? randomInt(1, 1_000_000));

const kinds: [what: string, kind: Omit<HistoryOptions, 'seed' | 'steps'>][] = [
  ['a master on disk that dies and comes back', { isDurable: true, masterDies: true }],
  ['a master in memory that stays', { isDurable: false, masterDies: false }],
  [
    'a master on disk that dies and comes back, and is soon full',
    { isDurable: true, masterDies: true, limits: { maxEntries: 5, maxBytes: 300 } },
  ],
  ['a master in memory that dies and comes back empty', { isDurable: false, masterDies: true }],
];

for (const [what, kind] of kinds) {
  test(`${what} and its clones keep their promises, whatever is cut or dies`, async (t) => {
    t.log(`MUSTER_HISTORY_SEED=${first}`);
    const runs = kind.limits === undefined ? 100 : 30;
    let refused = 0;
    for (let run = 0; run < runs; run++) {
      refused += (await liveHistory(t, { ...kind, seed: first + run, steps: 150 })).refused;
    }
    t.is(refused > 0, kind.limits !== undefined, `${refused} refused`);
  });
}
