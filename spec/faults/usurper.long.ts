/**
 * Who has taken over a node, and listens in its place: a seed for each night, all words that are said, and what memory it takes.
 */
import test from 'ava';
import { usurp } from './usurper.js';

test('whatever who has taken over a logger says on 100,000 links, only those end, in words', async (t) => {
  t.timeout(90 * 60_000);
  const words = await usurp(t, { links: 100_000, seed: Date.now() % 2 ** 31, outlastsSilence: true });
  for (const [said, times] of words) t.log(`${times} times ${said}`);
});
