import test from 'ava';
import { LogDrill } from './log-drill.js';

test('loggers are killed while records flow: each acknowledged one is there, at most once in a file', async (t) => {
  const total = 6 * 4_000;
  await LogDrill.run(t, {
    writers: 6,
    records: 4_000,
    pause: 400,
    nextKill: (drill) => drill.keeps(((drill.kills + 1) * total) / 5),
    leastKills: 2,
  });
});
