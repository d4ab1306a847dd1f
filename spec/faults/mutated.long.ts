/**
 * A million mutated frames of an admitted member.
 */
import test from 'ava';
import { attackWithMutants } from './mutated.js';

test('whatever bytes a member changes in a million frames, links end in words, and nobody else notices', async (t) => {
  t.timeout(60 * 60_000);
  await attackWithMutants(t, 1_000_000, Date.now() % 2 ** 31);
});
