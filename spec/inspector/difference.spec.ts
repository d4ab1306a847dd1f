import test from 'ava';
import fc from 'fast-check';
import { difference } from '../../inspector/model/difference.js';

test('names what was added, changed and removed', (t) => {
  const before = { id: 'a', up: ['x', 'y'], session: { sent: 1, open: true } };
  const after = { id: 'a', up: ['x', 'z', 'w'], session: { sent: 2 }, doubt: 'late' };
  t.deepEqual(difference(before, after), [
    { path: 'up[1]', before: 'y', after: 'z' },
    { path: 'up[2]', after: 'w' },
    { path: 'session.sent', before: 1, after: 2 },
    { path: 'session.open', before: true },
    { path: 'doubt', after: 'late' },
  ]);
});

test('finds nothing exactly where both say the same', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      t.deepEqual(difference(one, structuredClone(one)), []);
      const isSame = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
      t.is(difference(one, other).length === 0, isSame);
    }),
  );
});

/** JSON says −0 as 0, and does not care in which order the fields are. */
function sorted(value: unknown): unknown {
  if (Object.is(value, -0)) return 'minus zero';
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { fields: entries.map(([key, inner]) => [key, sorted(inner)]) };
}
