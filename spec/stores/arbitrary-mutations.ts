/**
 * Arbitrary mutations, of all kinds that a user can ask for, on few keys: so that they meet.
 */
import fc from 'fast-check';
import { idOf } from '../../stores/key.js';
import type { BatchMember, Mutation, Single } from '../../stores/mutation.js';

const id = fc.constantFrom('a', 'b', 7, idOf([1]), idOf('\uffff'));
const value = fc.constantFrom<unknown>(1, 'text', [1], new Set([1]), new Map([[1, 2]]), { a: 1 }, null, -0, 2n);
const index = fc.constantFrom<unknown>(0, 1, 'a', [1]);
const single: fc.Arbitrary<Single> = fc.oneof(
  fc.tuple(fc.constant('put' as const), id, fc.constantFrom(null, 50), value),
  fc.tuple(fc.constant('putUnique' as const), id, fc.constant(null), value),
  fc.tuple(fc.constant('erase' as const), id, fc.constant(false as const)),
  fc.tuple(
    fc.constantFrom('increment' as const, 'decrement' as const),
    id,
    fc.constantFrom(false as const, 9),
    fc.constantFrom(1, 2n),
  ),
  fc.tuple(fc.constant('append' as const), id, fc.constant(false as const), fc.constant('x')),
  fc.tuple(fc.constant('push' as const), id, fc.constant(false as const), value),
  fc.tuple(fc.constant('pop' as const), id, fc.constant(false as const)),
  fc.tuple(fc.constant('insertInto' as const), id, fc.constant(false as const), index, value),
  fc.tuple(fc.constant('insertInto' as const), id, fc.constant(false as const), index),
  fc.tuple(fc.constant('removeFrom' as const), id, fc.constant(false as const), index),
);
export const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 12, arbitrary: single },
  { weight: 1, arbitrary: fc.constant<Mutation>(['clear', null, false]) },
  {
    weight: 2,
    arbitrary: fc
      .array(single, { maxLength: 4 })
      .map(
        (members): Mutation => [
          'batch',
          null,
          false,
          members.filter(([kind]) => kind !== 'putUnique') as BatchMember[],
        ],
      ),
  },
);
