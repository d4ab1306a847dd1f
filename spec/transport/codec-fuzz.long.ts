import { randomInt } from 'node:crypto';
import test from 'ava';
import { fuzz } from './codec-fuzz.js';

test('1,000,000 frames from a peer do no harm', (t) => {
  const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
  const tally = fuzz(1_000_000, seed);
  t.log(`seed ${seed}:`, tally);
  t.true(tally.taken > 100_000 && tally.refused > 250_000);
});
