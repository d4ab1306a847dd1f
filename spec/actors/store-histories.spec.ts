import { randomInt } from 'node:crypto';
import test from 'ava';
import { liveHistory } from './store-histories.js';

for (const isDurable of [true, false]) {
  test(`${isDurable ? 'a durable' : 'an in-memory'} master and its clones keep their promises, whatever is cut or dies`, async (t) => {
    const first = Number(process.env.MUSTER_HISTORY_SEED ?? randomInt(1, 1_000_000));
    t.log(`MUSTER_HISTORY_SEED=${first}`);
    for (let run = 0; run < 60; run++) await liveHistory(t, first + run, isDurable, 150);
  });
}
