import { randomInt } from 'node:crypto';
import test from 'ava';
import { Trial } from './trial.js';

test('clusters under random faults keep their promises, and are well again once nothing is wrong', async (t) => {
  const first = Number(process.env.MUSTER_TRIAL_SEED ?? randomInt(1, 1_000_000_000));
  t.log(`MUSTER_TRIAL_SEED=${first}`);
  for (let run = 0; run < 100; run++) {
    const { faults } = await Trial.run(first + run, 60);
    t.deepEqual(faults, [], `MUSTER_TRIAL_SEED=${first + run}`);
  }
});

test('the same seed gives the same run', async (t) => {
  const [one, other] = [await Trial.run(7, 100), await Trial.run(7, 100)];
  t.true(one.lines.length > 50);
  t.deepEqual(one.lines, other.lines);
  t.notDeepEqual((await Trial.run(8, 100)).lines, one.lines);
});
