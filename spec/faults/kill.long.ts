/**
 * Many deaths: up to three nodes of a cluster at once, again and again.
 */
import { randomInt } from 'node:crypto';
import test from 'ava';
import { Drill } from './drill.js';

const names = ['logger-1', 'logger-2', 'manager', 'proxy-1', 'worker-1', 'worker-2'];

test('whichever nodes are killed, the others see them go and come back, and nothing else changes', async (t) => {
  const drill = await Drill.start(t, names, { probeTimeout: 300 });
  for (let round = 0; round < 40; round++) {
    const victims = new Set(Array.from({ length: randomInt(1, 4) }, () => names[randomInt(names.length)] as string));
    t.log(...victims);
    await drill.killAndRestart(...victims);
  }
  await drill.check();
});
