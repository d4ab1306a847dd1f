/**
 * A million mutated frames of admitted members: a seed for each night, all words that are said, and what memory it takes.
 */
import test, { type ExecutionContext } from 'ava';
import type { Words } from './link-endings.js';
import { attackInClear, attackSealed } from './mutated.js';

const seed = Date.now() % 2 ** 31;

function tell(t: ExecutionContext, words: Words): void {
  for (const [said, times] of words) t.log(`${times} times ${said}`);
}

test.serial('whatever bytes members change in 500,000 frames that they seal, links end in words', async (t) => {
  t.timeout(90 * 60_000);
  tell(t, await attackSealed(t, { said: 500_000, altered: 0, seed }));
});

test.serial('whatever bytes a member changes in 400,000 frames that are sealed, none is taken', async (t) => {
  t.timeout(90 * 60_000);
  tell(t, await attackSealed(t, { said: 0, altered: 400_000, seed }));
});

test.serial(
  'whatever bytes a member changes in 100,000 frames where nothing is sealed, links end in words',
  async (t) => {
    t.timeout(90 * 60_000);
    tell(t, await attackInClear(t, 100_000, seed));
  },
);
