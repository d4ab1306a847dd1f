/**
 * Who has taken over a node, and listens in its place: hundreds of links; `usurper.long.ts` has 100,000.
 */
import test from 'ava';
import { usurp } from './usurper.js';

test('whatever who has taken over a logger says to who connects, or does not say, only that link ends, in words', async (t) => {
  await usurp(t, { links: 300, seed: 20261122, outlastsSilence: false });
});
