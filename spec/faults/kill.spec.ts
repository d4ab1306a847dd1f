/**
 * Death: any node of a cluster under load is killed, and started again.
 */
import test from 'ava';
import { Drill } from './drill.js';

const names = ['logger-1', 'manager', 'proxy-1', 'worker-1'];

test('whichever node is killed under load, its peers see it go and come back, and nothing else changes', async (t) => {
  const drill = await Drill.start(t, names, { probeTimeout: 300 });
  for (const name of names) await drill.killAndRestart(name);
  await drill.check();
});
