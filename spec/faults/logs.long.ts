import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { LogDrill } from './log-drill.js';

let lastKill = performance.now();

const plan = {
  writers: 6,
  pause: 200,
  // Every second, unless the one before is not up again by then.
  nextKill: async () => {
    await sleep(Math.max(0, lastKill + 1_000 - performance.now()));
    lastKill = performance.now();
  },
  kills: 10,
  records: 300_000,
};

test.serial('300,000 records, and one of three loggers is killed every second', (t) => LogDrill.run(t, plan));

test.serial('the same with files that are rotated all the time', (t) =>
  LogDrill.run(t, { ...plan, options: { logRotationSize: 200_000 } }),
);
