import test from 'ava';
import { StoreDrill } from './store-drill.js';

test('a hundred cuts and thirty killed masters lose no mutation and repeat none', async (t) => {
  const drill = await StoreDrill.start(t);
  for (let round = 0; round < 100; round++) await drill.disturb(round % 3 === 1);
  await drill.check();
});
