import test from 'ava';
import fc from 'fast-check';
import { fromJson, type Json, readWord, toJson } from '../../cli/stores/notation.js';
import { encodeValue } from '../../transport/codec.js';

const field = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('$date', '$$date', '$', '$set', 'key', 'toJSON'));

/** What a store can hold. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false, -0, Number.NaN, Infinity, -Infinity, 2 ** 53),
    fc.double(),
    fc.integer(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ unit: 'grapheme', maxLength: 5 }),
    fc.uint8Array({ maxLength: 5 }),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 3 }).map((members) => new Set(members)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc
      .array(fc.tuple(field, tie('value')), { maxLength: 3 })
      .map((fields) => Object.fromEntries(fields.filter(([name]) => name !== '__proto__'))),
  ),
}));

test('every value comes back from its notation as it was', (t) => {
  fc.assert(
    fc.property(value, (given) => {
      const text = JSON.stringify(toJson(given));
      return Buffer.from(encodeValue(fromJson(JSON.parse(text)))).equals(Buffer.from(encodeValue(given)));
    }),
  );
  t.pass();
});

test('what JSON has not is written as documented', (t) => {
  for (const [given, json] of [
    [1n, { $bigint: '1' }],
    [-0, { $number: '-0' }],
    [Number.NaN, { $number: 'NaN' }],
    [new Date(0), { $date: '1970-01-01T00:00:00.000Z' }],
    [Uint8Array.of(104, 105), { $bytes: 'aGk=' }],
    [new Set([1, 'a']), { $set: [1, 'a'] }],
    [new Map([[[1], null]]), { $map: [[[1], null]] }],
    [
      { $date: 1, a: { $$b: 2 } },
      { $$date: 1, a: { $$$b: 2 } },
    ],
  ] as const) {
    t.deepEqual(toJson(given), json as Json);
    t.deepEqual(fromJson(json as Json), given);
  }
  t.deepEqual(fromJson({ $date: 5 }), new Date(5));
});

test('what begins with $ and says nothing is refused', (t) => {
  for (const json of [
    { $what: 1 },
    { $date: 'soon' },
    { $date: '1970-01-01T00:00:00.000Z', more: 1 },
    { $bigint: 1 },
    { $bigint: '0x1' },
    { $bytes: '%' },
    { $set: {} },
    { $map: [[1]] },
    { $number: '1' },
    { deep: [{ $: 1 }] },
  ] as Json[]) {
    t.throws(() => fromJson(json), { instanceOf: TypeError }, JSON.stringify(json));
  }
});

test('a word of the command line is JSON, or else a string', (t) => {
  for (const [word, json] of [
    ['10.0.0.1', '10.0.0.1'],
    ['10', 10],
    ['"10"', '10'],
    ['true', true],
    ['["a",1]', ['a', 1]],
    ['{a', '{a'],
    ['', ''],
  ] as const) {
    t.deepEqual(readWord(word), json as Json, word);
  }
  t.throws(() => readWord('{"$what":1}'), { instanceOf: TypeError });
});
