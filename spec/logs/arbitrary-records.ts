/**
 * Records of all column types for property tests, with texts chosen to break a format.
 */
import fc from 'fast-check';
import type { Column, LogValue, ScalarValue } from '../../logs/format.js';

export const columns: readonly Column[] = [
  { name: 'ts', type: 'time' },
  { name: 'id.orig_h', type: 'addr' },
  { name: 'net', type: 'subnet' },
  { name: 'p', type: 'port' },
  { name: 'c', type: 'count' },
  { name: 'i', type: 'int' },
  { name: 'd', type: 'double' },
  { name: 'took', type: 'interval' },
  { name: 'ok', type: 'bool' },
  { name: 'kind', type: 'enum' },
  { name: 'text', type: 'string' },
  { name: 'texts', type: 'set[string]' },
  { name: 'list', type: 'vector[string]' },
  { name: 'counts', type: 'vector[count]' },
];

/** Bytes that are no UTF-8, among others. */
const bytes = fc
  .array(fc.oneof(fc.constantFrom(0xff, 0xc3, 0x28, 0x09, 0x0a, 0x5c, 0x2c, 0x2d, 0x23, 0x00), fc.nat(255)), {
    maxLength: 8,
  })
  .map((list) => Uint8Array.from(list));

const hostile = fc.string({
  unit: fc.constantFrom(
    '-',
    '#',
    ',',
    '\\',
    'x',
    '\\x09',
    '0',
    '\t',
    '\n',
    '\r',
    '(empty)',
    'é',
    '\0',
    '\ud800',
    '"',
    '{',
  ),
  maxLength: 6,
});

export const text = fc.oneof(
  hostile,
  fc.string({ unit: 'binary', maxLength: 12 }),
  bytes,
  fc.constantFrom('', '-', '(empty)'),
);

const count = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const seconds = fc
  .integer({ min: -1e9, max: 2e9 })
  .chain((s) => fc.nat(999_999).map((us) => s * 1_000 + Math.round(us) / 1_000));
/** A vector whose only element is unset cannot be told from one that is unset. */
const vector = (element: fc.Arbitrary<ScalarValue>) =>
  fc.array(fc.option(element), { maxLength: 4 }).filter((list) => list.length !== 1 || list[0] !== null);
const optional = (value: fc.Arbitrary<LogValue>) => fc.option(value, { nil: null, freq: 8 });

/** Values in the order of {@link columns}. */
export const values: fc.Arbitrary<LogValue[]> = fc.tuple(
  optional(seconds),
  optional(fc.oneof(fc.ipV4(), fc.ipV6())),
  optional(fc.constantFrom('10.0.0.0/8', '::/0', 'fe80::/64')),
  optional(fc.nat(65_535)),
  optional(count),
  optional(fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
  optional(fc.double({ noNaN: true }).map((d) => d + 0)),
  optional(seconds),
  optional(fc.boolean()),
  optional(fc.constantFrom('Notice::LOG', 'A')),
  optional(text),
  optional(fc.array(text, { maxLength: 4 }).map((list) => new Set(list))),
  optional(vector(text)),
  optional(vector(count)),
);

/** A record with these values. */
export function recordOf(row: readonly LogValue[]): Record<string, LogValue> {
  return Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]));
}
