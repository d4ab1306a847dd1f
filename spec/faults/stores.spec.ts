import test from 'ava';
import { StoreDrill } from './store-drill.js';

test('what clones write is there once, whatever is cut, and although the process of their master is killed', async (t) => {
  const drill = await StoreDrill.start(t);
  for (let round = 0; round < 6; round++) await drill.disturb(round % 3 === 1);
  await drill.check();
});
