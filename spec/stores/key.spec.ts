import test from 'ava';
import fc from 'fast-check';
import { idOf, keyOf } from '../../stores/key.js';

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.double(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array(),
  fc.date({ noInvalidDate: true }),
);

const { key: anyKey } = fc.letrec<{ key: unknown }>((tie) => ({
  key: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('key'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      tie('key'),
      { maxKeys: 4, noNullPrototype: true },
    ),
    fc.array(tie('key'), { maxLength: 4 }).map((members) => new Set(members)),
    fc.array(fc.tuple(tie('key'), tie('key')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
}));

test('simple keys are their own ids', (t) => {
  for (const key of ['', 'a', 1, -1.5, 1n, true, false, null]) t.is(idOf(key), key);
  t.is(idOf(-0), 0);
  t.is(idOf(Number.NaN), Number.NaN);
});

test('a key comes back from its id, which is its own id as well', (t) => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const id = idOf(key);
      const back = keyOf(id);
      return Object.is(idOf(back), id);
    }),
  );
  t.deepEqual(keyOf(idOf([1, { a: new Date(3) }])), [1, { a: new Date(3) }]);
});

test('the same content in another order is the same key', (t) => {
  t.is(idOf({ a: 1, b: 2 }), idOf({ b: 2, a: 1 }));
  t.is(idOf(new Set([1, 'a', [2]])), idOf(new Set([[2], 'a', 1])));
  t.is(
    idOf(
      new Map<unknown, unknown>([
        [{ x: 1, y: 2 }, 1],
        ['b', 2],
      ]),
    ),
    idOf(
      new Map<unknown, unknown>([
        ['b', 2],
        [{ y: 2, x: 1 }, 1],
      ]),
    ),
  );
  t.is(idOf([-0]), idOf([0]));
  t.not(idOf([1, 2]), idOf([2, 1]));
});

test('what differs in kind or content is another key', (t) => {
  const bytes = Uint8Array.of(1);
  const keys = [
    1,
    1n,
    '1',
    true,
    [1],
    [1n],
    ['1'],
    [],
    {},
    new Set(),
    new Map(),
    new Set([1]),
    bytes,
    new Date(1),
    null,
    '',
  ];
  const written = idOf([1]) as string;
  const all = [...keys, written, { a: 1 }, new Map([['a', 1]])].map(idOf);
  t.is(new Set(all).size, all.length);
  t.is(keyOf(idOf(written)), written);
});

test('what no store can hold is refused with the way to it', (t) => {
  t.throws(() => idOf(undefined), { instanceOf: TypeError });
  t.throws(() => idOf({ a: [() => 1] }), { instanceOf: TypeError, message: /key\.a\[0\]/ });
  t.throws(() => idOf(2n ** 64n), { instanceOf: TypeError });
});
