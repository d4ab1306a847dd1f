/**
 * Reading lines of a log back into values: what the formats have written, escapes undone. Text that is no UTF-8 comes back
 * from TSV as bytes; JSON lines have it as escapes in the text, for good.
 */
import { isUtf8 } from 'node:buffer';
import type { PlainValue } from './columns.js';
import { type Column, type ColumnType, elementType, type LogFormatName, type ScalarType } from './format.js';

type PlainScalar = Exclude<PlainValue, readonly unknown[]>;

/** Values in the order of the columns, of a line without its newline. @throws SyntaxError for JSON lines that are none */
export type ReadLine = (line: string) => PlainValue[];

export function createReadLine(format: LogFormatName, columns: readonly Column[]): ReadLine {
  if (format === 'json') {
    return (line) => {
      const record = JSON.parse(quoteLongNumbers(line)) as Record<string, unknown>;
      return columns.map(({ name, type }) => fromJson(type, record[name]));
    };
  }
  return (line) => {
    const fields = line.split('\t');
    return columns.map(({ type }, i) => fromTsv(type, fields[i] ?? '-'));
  };
}

/** A number that JavaScript would round becomes a string; in strings nothing changes. */
function quoteLongNumbers(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g, (token) =>
    token[0] === '"' ? token : `"${token}"`,
  );
}

function fromJson(type: ColumnType, value: unknown): PlainValue {
  if (value === undefined) return null;
  const element = elementType(type);
  // What is unset is not there: `null` is a number that JSON cannot say.
  if (element === undefined) return value === null ? Number.NaN : scalarFromJson(type as ScalarType, value);
  return Array.isArray(value) ? value.map((one) => (one === null ? null : scalarFromJson(element, one))) : [];
}

function scalarFromJson(type: ScalarType, value: unknown): PlainScalar {
  if (type === 'time' || type === 'interval') return toMs(Number(value));
  if ((type === 'count' || type === 'int') && typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
  return value as PlainScalar;
}

function fromTsv(type: ColumnType, field: string): PlainValue {
  if (field === '-') return null;
  const element = elementType(type);
  if (element === undefined) return scalarFromTsv(type as ScalarType, field);
  if (field === '(empty)') return [];
  return field.split(',').map((one) => (one === '-' ? null : scalarFromTsv(element, one)));
}

function scalarFromTsv(type: ScalarType, field: string): PlainScalar {
  switch (type) {
    case 'time':
    case 'interval':
      return toMs(toNumber(field));
    case 'double':
      return toNumber(field);
    case 'bool':
      return field === 'T';
    case 'count':
    case 'int':
    case 'port':
      if (!/^-?\d+$/.test(field)) return unescapeText(field);
      return Number.isSafeInteger(Number(field)) ? Number(field) : BigInt(field);
    default:
      return field === '(empty)' ? '' : unescapeText(field);
  }
}

function unescapeText(field: string): string | Uint8Array {
  if (!field.includes('\\x')) return field;
  const parts = field.split(/(\\x[0-9a-f]{2})/);
  const bytes = Buffer.concat(
    parts.map((part) => (part.startsWith('\\x') ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part))),
  );
  return isUtf8(bytes) ? bytes.toString() : new Uint8Array(bytes);
}

/** As C's `strtod` reads it. */
function toNumber(field: string): number {
  if (field === 'inf') return Number.POSITIVE_INFINITY;
  return field === '-inf' ? Number.NEGATIVE_INFINITY : Number(field);
}

/** Seconds with six decimals, as ms. */
function toMs(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3;
}
