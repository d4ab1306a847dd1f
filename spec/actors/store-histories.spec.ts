import { randomInt } from 'node:crypto';
import test from 'ava';
import { liveHistory } from './store-histories.js';

const first = Number(process.env.MUSTER_HISTORY_SEED ?? randomInt(1, 1_000_000));

for (const [what, kind] of [
  ['a master on disk that dies and comes back', { isDurable: true, masterDies: true }],
  ['a master in memory that stays', { isDurable: false, masterDies: false }],
  ['a master in memory that dies and comes back empty', { isDurable: false, masterDies: true }],
] as const) {
  test(`${what} and its clones keep their promises, whatever is cut or dies`, async (t) => {
    t.log(`MUSTER_HISTORY_SEED=${first}`);
    for (let run = 0; run < 100; run++) await liveHistory(t, { ...kind, seed: first + run, steps: 150 });
  });
}
