/**
 * Columns: what a record of a log stream may have, and whether a record fits.
 * A definition is checked once and becomes a function that turns a record into its values in the order of the columns, or
 * says which column does not fit. What it gives is plain: a `Date` has become ms, a set an array.
 */
import { isIP } from 'node:net';
import { MusterError } from '../errors.js';
import { show, showChoice } from '../layout/show.js';
import { type Column, type ColumnType, elementType, type ScalarType, type ScalarValue } from './format.js';

/** Columns as users write them: types by name, in their order, or a list. */
export type ColumnsInput = Readonly<Record<string, ColumnType>> | readonly Column[];

/** What a value of a column may be, by its type. Times and intervals are ms, with fractions. */
interface ScalarOf {
  readonly time: Date | number;
  readonly interval: number;
  readonly string: string | Uint8Array;
  readonly enum: string;
  readonly addr: string;
  readonly subnet: string;
  readonly port: number;
  readonly count: number | bigint;
  readonly int: number | bigint;
  readonly double: number;
  readonly bool: boolean;
}

type ValueOf<T> = T extends ScalarType
  ? ScalarOf[T]
  : T extends `set[${infer S extends ScalarType}]`
    ? ReadonlySet<ScalarOf[S]> | readonly ScalarOf[S][]
    : T extends `vector[${infer S extends ScalarType}]`
      ? readonly (ScalarOf[S] | null)[]
      : never;

/** A record of a stream with columns `C`. What is absent, `undefined` or `null` is unset. */
export type RecordOf<C> = C extends readonly Column[]
  ? { readonly [K in C[number] as K['name']]?: ValueOf<K['type']> | null | undefined }
  : { readonly [N in keyof C]?: ValueOf<C[N]> | null | undefined };

/** A value that fits a column, as it travels. */
export type PlainValue = Exclude<ScalarValue, Date | undefined> | readonly Exclude<ScalarValue, Date | undefined>[];

/** @throws {@link MusterError} `MUSTER_LOG_RECORD_INVALID`, naming stream and column. */
export type ToValues = (record: object) => PlainValue[];

interface ScalarRule {
  readonly expected: string;
  /** The value as it travels; undefined if it does not fit. */
  plain(value: unknown): Exclude<ScalarValue, Date | null> | undefined;
}

const maxColumns = 1_000;
const columnName = /^[A-Za-z_][A-Za-z0-9_.]{0,127}$/;

const rule = (expected: string, fits: (value: unknown) => boolean): ScalarRule => ({
  expected,
  plain: (value) => (fits(value) ? (value as string) : undefined),
});

const rules: Readonly<Record<ScalarType, ScalarRule>> = {
  time: { expected: 'a Date, or ms since 1970', plain: plainTime },
  interval: rule('a number of ms', Number.isFinite),
  string: rule('a string or a Uint8Array', (value) => typeof value === 'string' || value instanceof Uint8Array),
  enum: rule('a string', isString),
  addr: rule('an IP address', (value) => isString(value) && isIP(value) !== 0),
  subnet: rule('a subnet such as "10.0.0.0/8"', isSubnet),
  port: rule('a whole number from 0 to 65535', (value) => isWhole(value, 0, 65_535)),
  count: rule('a whole number from 0 to 2^64 - 1', (value) => isWhole(value, 0, 2n ** 64n - 1n)),
  int: rule('a whole number of 64 bits', (value) => isWhole(value, -(2n ** 63n), 2n ** 63n - 1n)),
  double: rule('a number', (value) => typeof value === 'number'),
  bool: rule('true or false', (value) => typeof value === 'boolean'),
};

/** The columns as a list. @throws {@link MusterError} `MUSTER_LOG_STREAM_INVALID` */
export function columnsOf(stream: string, given: ColumnsInput): readonly Column[] {
  const list = Array.isArray(given)
    ? (given as readonly Column[])
    : Object.entries(given ?? {}).map(([name, type]): Column => ({ name, type: type as ColumnType }));
  const problem = columnsProblem(list);
  if (problem === undefined) return Object.freeze(list.map(({ name, type }) => Object.freeze({ name, type })));
  throw new MusterError('MUSTER_LOG_STREAM_INVALID', `stream ${stream}: ${problem}`);
}

/** What is wrong with columns, if anything is. */
export function columnsProblem(columns: readonly Column[]): string | undefined {
  if (columns.length === 0 || columns.length > maxColumns) return `it needs 1 to ${maxColumns} columns`;
  const names = new Set<string>();
  for (const column of columns) {
    const { name, type } = column ?? {};
    if (!isString(name) || !columnName.test(name) || name === '__proto__') {
      return `a column cannot be called ${show(name)}: letters, digits, "_" and ".", not beginning with a digit or "."`;
    }
    if (names.has(name)) return `two columns are called ${show(name)}`;
    names.add(name);
    const scalar = isString(type) ? (elementType(type as ColumnType) ?? type) : '';
    if (!Object.hasOwn(rules, scalar)) {
      return `column ${name}: got ${show(type)}, expected ${showChoice(Object.keys(rules))}, or a set[…] or vector[…] of one`;
    }
  }
  return undefined;
}

/** Checks records of a stream. */
export function createToValues(stream: string, columns: readonly Column[]): ToValues {
  const checks = columns.map(({ name, type }) => ({ name, check: checkOf(type) }));
  const names = new Set(columns.map(({ name }) => name));
  return (record) => {
    if (typeof record !== 'object' || record === null) throw unfit(stream, undefined, record, 'an object of values');
    const values = new Array<PlainValue>(checks.length);
    let found = 0;
    for (let i = 0; i < checks.length; i++) {
      const { name, check } = checks[i] as (typeof checks)[number];
      const value: unknown = (record as Record<string, unknown>)[name];
      if (value === undefined || value === null) {
        values[i] = null;
        if (value === null) found += 1;
        continue;
      }
      found += 1;
      const plain = check.plain(value);
      if (plain === undefined) throw unfit(stream, name, value, check.expected);
      values[i] = plain;
    }
    for (const key in record) {
      if (found === 0 && (record as Record<string, unknown>)[key] !== undefined) throw unknown(stream, record, names);
      if ((record as Record<string, unknown>)[key] !== undefined) found -= 1;
    }
    return values;
  };
}

interface Check {
  readonly expected: string;
  plain(value: unknown): PlainValue | undefined;
}

function checkOf(type: ColumnType): Check {
  const element = elementType(type);
  if (element === undefined) return rules[type as ScalarType] as Check;
  const { expected, plain } = rules[element];
  const isSet = type.startsWith('set');
  return {
    expected: `${isSet ? 'a Set or an array' : 'an array'}, each element ${expected}`,
    plain(value) {
      if (!Array.isArray(value) && !(isSet && value instanceof Set)) return undefined;
      const list: Exclude<ScalarValue, Date | undefined>[] = [];
      for (const one of value as Iterable<unknown>) {
        // An element of a vector may be unset; a set has no such thing.
        const isUnset = !isSet && (one === null || one === undefined);
        const fit = isUnset ? null : plain(one);
        if (fit === undefined) return undefined;
        list.push(fit);
      }
      return list;
    },
  };
}

function plainTime(value: unknown): number | undefined {
  const ms = value instanceof Date ? value.getTime() : value;
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : undefined;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isWhole(value: unknown, least: number | bigint, most: number | bigint): boolean {
  return (
    (typeof value === 'bigint' || Number.isSafeInteger(value)) &&
    (value as number) >= least &&
    (value as number) <= most
  );
}

function isSubnet(value: unknown): boolean {
  const [, address = '', length = ''] = (isString(value) && /^([^/]+)\/(\d{1,3})$/.exec(value)) || [];
  const version = isIP(address);
  return version !== 0 && Number(length) <= (version === 4 ? 32 : 128);
}

function unknown(stream: string, record: object, names: ReadonlySet<string>): MusterError {
  const [name, value] = Object.entries(record).find(([key, given]) => given !== undefined && !names.has(key)) ?? [];
  return unfit(stream, name, value, `nothing: the stream has only the columns ${[...names].slice(0, 20).join(', ')}`);
}

function unfit(stream: string, column: string | undefined, value: unknown, expected: string): MusterError {
  const where = column === undefined ? `stream ${stream}` : `stream ${stream}, column ${column}`;
  return new MusterError('MUSTER_LOG_RECORD_INVALID', `${where}: got ${show(value)}, expected ${expected}`);
}
