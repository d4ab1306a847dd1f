/**
 * Log formats: how the records of one log become the text of a file.
 * A format knows the columns of its log and nothing of files: what a file begins with, a line for each record, what it
 * ends with. Types of columns have Zeek's names; times and durations are milliseconds here and seconds in a file.
 */

export type ScalarType =
  | 'time'
  | 'interval'
  | 'string'
  | 'enum'
  | 'addr'
  | 'subnet'
  | 'port'
  | 'count'
  | 'int'
  | 'double'
  | 'bool';

export type ColumnType = ScalarType | `set[${ScalarType}]` | `vector[${ScalarType}]`;

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** `time`: a `Date` or ms since 1970; `interval`: ms; both with fractions. `undefined` and `null` are an unset value. */
export type ScalarValue = string | number | bigint | boolean | Date | Uint8Array | null | undefined;
export type LogValue = ScalarValue | readonly ScalarValue[] | ReadonlySet<ScalarValue>;

/** Values in the order of the columns. Whoever writes a record checks it: a value of another type becomes harmless text. */
export type LogValues = readonly LogValue[];

/** The names that users give in `logFormat`. */
export type LogFormatName = 'json' | 'tsv';

export interface LogFormat {
  readonly name: LogFormatName;
  /** What comes before the first line, newline included; empty for a format that needs none. */
  header(openedAt: number): string;
  /** One line, newline included, whatever is in the record. */
  line(values: LogValues): string;
  /** What comes after the last line, newline included. */
  footer(closedAt: number): string;
}

/** `path` is the name of the log, such as `cluster`. */
export type CreateLogFormat = (log: { readonly path: string; readonly columns: readonly Column[] }) => LogFormat;

/** The type of the elements of a set or vector; `undefined` for a scalar. */
export function elementType(type: ColumnType): ScalarType | undefined {
  return /^(?:set|vector)\[(.+)\]$/.exec(type)?.[1] as ScalarType | undefined;
}

/** The elements of a set or vector; a scalar is its own only one. */
export function elementsOf(value: LogValue): readonly ScalarValue[] {
  if (value instanceof Set) return [...value];
  return (Array.isArray(value) ? value : [value]) as readonly ScalarValue[];
}

/** Milliseconds as seconds with six decimals, as Zeek writes `time` and `interval`. */
export function toSeconds(ms: number): string {
  // Most often they are whole: `toFixed` takes ten times as long.
  if (Number.isSafeInteger(ms) && ms >= 0) return `${Math.floor(ms / 1000)}.${String(1000 + (ms % 1000)).slice(1)}000`;
  return (ms / 1000).toFixed(6);
}

/** `2026-11-21-10-00-00`: how Zeek writes a moment in headers and file names, in local time as Zeek does. */
export function toTimestamp(ms: number): string {
  const date = new Date(ms);
  const parts = [date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()];
  return [date.getFullYear(), ...parts.map((part) => String(part).padStart(2, '0'))].join('-');
}
