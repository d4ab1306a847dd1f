/**
 * 20,000 mutated frames of an admitted member; `mutated.long.ts` has a million.
 */
import test from 'ava';
import { attackWithMutants } from './mutated.js';

test('whatever bytes a member changes in a frame, its link ends in words, and nobody else notices', async (t) => {
  await attackWithMutants(t, 20_000, 20261122);
});
