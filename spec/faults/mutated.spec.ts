/**
 * 20,000 mutated frames of admitted members; `mutated.long.ts` has a million.
 */
import test from 'ava';
import { attackInClear, attackSealed } from './mutated.js';

const seed = 20261122;

test('whatever bytes members change, before they seal a frame or after, only that link ends or none, in words', async (t) => {
  await attackSealed(t, { said: 2_000, altered: 16_000, seed });
});

test('whatever bytes a member changes where nothing is sealed, that link ends in words, and nobody else notices', async (t) => {
  await attackInClear(t, 2_000, seed);
});
