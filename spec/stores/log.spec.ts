import test from 'ava';
import { MutationLog } from '../../stores/log.js';

const bytes = (size: number, mark: number) => new Uint8Array(size).fill(mark);

test('a log keeps the latest mutations, within its bounds', (t) => {
  const log = new MutationLog(10, 110, { maxCount: 5, maxBytes: 100 });
  t.true(log.reaches(10));
  t.false(log.reaches(9));
  for (let i = 11; i <= 20; i++) log.append(bytes(10, i), 100 + i);
  t.true(log.reaches(15));
  t.false(log.reaches(14));
  t.false(log.reaches(21));
  t.deepEqual(
    log.after(17, 1_000).map(([mark]) => mark),
    [18, 19, 20],
  );
  t.deepEqual(
    log.after(15, 20).map(([mark]) => mark),
    [16, 17],
  );
  t.true(log.continues(15, 115) && log.continues(18, 118) && log.continues(20, 120));
  t.false(log.continues(18, 119), 'of another history');
  t.false(log.continues(14, 114));
  log.append(bytes(95, 21), 121);
  t.true(log.reaches(20));
  t.false(log.reaches(19), 'bounded in bytes as well');
});

test('a log that has forgotten millions holds no more than its bounds', (t) => {
  const log = new MutationLog(0, 0, { maxCount: 1_000, maxBytes: 1_000_000 });
  for (let i = 1; i <= 200_000; i++) log.append(bytes(1, i & 0xff), i);
  t.deepEqual(
    log.after(199_998, 1_000).map(([mark]) => mark),
    [199_999 & 0xff, 200_000 & 0xff],
  );
  t.true(log.reaches(199_000));
  t.false(log.reaches(198_999));
});
