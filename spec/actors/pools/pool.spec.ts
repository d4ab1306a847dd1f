import test from 'ava';
import { WorkPool } from '../../../actors/pools/pool.js';

test('names whose hashes are the same get different site ids, and both get keys', (t) => {
  const pool = new WorkPool({ topic: 'app/pool', nodeType: 'worker' }, {});
  const names = ['worker-48148', 'worker-203020']; // Of `worker-48148.0` and `worker-203020.0`, FNV-1a is the same.
  pool.fill(names.map((name) => ({ name, topic: name, alive: true })));
  t.deepEqual(
    pool.members.map(({ alias, siteId }) => [alias, siteId]),
    [
      ['worker-48148.0', 3_197_143_595],
      ['worker-203020.1', 3_180_365_976],
    ],
  );
  const picked = new Set(Array.from({ length: 100 }, (_, key) => pool.pick(key)?.name));
  t.is(picked.size, 2);
});
