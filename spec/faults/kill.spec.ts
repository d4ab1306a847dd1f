/**
 * Death: any node of a cluster under load is killed, and started again.
 */
import test from 'ava';
import { Drill } from './drill.js';

// The manager last: of all others, only lifetimes are left that began after the cluster had started.
const names = ['logger-1', 'proxy-1', 'worker-1', 'manager'];

test('whichever node is killed under load, its peers see it go and come back, and nothing else changes', async (t) => {
  const drill = await Drill.start(t, names, { probeTimeout: 300 });
  for (const name of names) await drill.killAndRestart(name);
  await drill.check();
});
