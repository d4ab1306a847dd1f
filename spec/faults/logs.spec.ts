import test from 'ava';
import { LogDrill } from './log-drill.js';

test('loggers are killed while records flow: each acknowledged one is there, at most once in a file', (t) =>
  LogDrill.run(t, {
    writers: 6,
    pause: 100,
    // Each time there is more.
    nextKill: (drill) => drill.keeps(drill.kept + 3_000),
    kills: 3,
    records: 12_000,
  }));
