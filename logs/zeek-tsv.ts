/**
 * Zeek's TSV format, as its ASCII writer makes it (zeek:`src/logging/writers/ascii/Ascii.cc`) and `zeek-cut` reads it.
 * Text is UTF-8; what would break a line, a field or a terminal is escaped byte by byte as `\xHH`. Two differences, both
 * so that every value can be read back: a backslash is `\x5c` (Zeek writes `\\`, which its own reader does not undo), and
 * a set or vector whose only element is the empty string is an empty field (Zeek writes `(empty)`, as for no element). One
 * thing the format cannot say: a vector whose only element is unset looks like one that is unset itself.
 */
import { isUtf8 } from 'node:buffer';
import {
  type ColumnType,
  type CreateLogFormat,
  elementsOf,
  elementType,
  type LogValue,
  type ScalarType,
  type ScalarValue,
  toSeconds,
  toTimestamp,
} from './format.js';

const separator = '\t';
const setSeparator = ',';
const emptyField = '(empty)';
const unsetField = '-';

/** Control characters, lone surrogates and the backslash. */
const unsafe = /[\p{Cc}\p{Cs}\\]/gu;
const unsafeInSet = /[\p{Cc}\p{Cs}\\,]/gu;

export const zeekTsv: CreateLogFormat = ({ path, columns }) => {
  const fields = columns.map(({ type }) => rendererOf(type));
  const names = columns.map(({ name }) => name).join(separator);
  const types = columns.map(({ type }) => type).join(separator);
  return {
    name: 'tsv',
    header: (openedAt) =>
      [
        '#separator \\x09',
        `#set_separator\t${setSeparator}`,
        `#empty_field\t${emptyField}`,
        `#unset_field\t${unsetField}`,
        `#path\t${escapeText(path, unsafe)}`,
        `#open\t${toTimestamp(openedAt)}`,
        `#fields\t${names}`,
        `#types\t${types}`,
        '',
      ].join('\n'),
    line(values) {
      const line = fields.map((render, i) => render(values[i])).join(separator);
      return line.startsWith('#') ? `\\x23${line.slice(1)}\n` : `${line}\n`;
    },
    footer: (closedAt) => `#close\t${toTimestamp(closedAt)}\n`,
  };
};

function rendererOf(type: ColumnType): (value: LogValue) => string {
  const element = elementType(type);
  if (element === undefined) return (value) => renderScalar(type as ScalarType, value as ScalarValue, unsafe);
  return (value) => {
    if (value === undefined || value === null) return unsetField;
    const elements = elementsOf(value);
    if (elements.length === 0) return emptyField;
    const rendered = elements.map((one) => renderScalar(element, one, unsafeInSet)).join(setSeparator);
    return rendered === emptyField ? '' : rendered;
  };
}

function renderScalar(type: ScalarType, value: ScalarValue, escaped: RegExp): string {
  if (value === undefined || value === null) return unsetField;
  switch (type) {
    case 'time':
    case 'interval':
      return renderNumber(Number(value), toSeconds);
    case 'double':
      return renderNumber(Number(value), toDouble);
    case 'bool':
      return value ? 'T' : 'F';
    default:
      return typeof value === 'number' || typeof value === 'bigint' ? String(value) : renderText(value, escaped);
  }
}

/** What is no finite number is written as C's `strtod` reads it. */
function renderNumber(value: number, render: (value: number) => string): string {
  if (Number.isFinite(value)) return render(value);
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

/** Whole numbers end in `.0`, so that no reader takes them for a count. */
function toDouble(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? value.toFixed(1) : String(value);
}

function renderText(value: string | boolean | Date | Uint8Array, escaped: RegExp): string {
  if (value instanceof Uint8Array && !isUtf8(value)) return renderBytes(value, escaped);
  const text = value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
  if (text === '') return emptyField;
  if (text === unsetField || text === emptyField) return hexOf(text.charCodeAt(0)) + text.slice(1);
  return escapeText(text, escaped);
}

/** Bytes that are no UTF-8 as a whole: all but the plain ASCII characters are escaped. */
function renderBytes(bytes: Uint8Array, escaped: RegExp): string {
  const characters = Array.from(bytes, (byte) => {
    return byte < 0x80 ? escapeText(String.fromCharCode(byte), escaped) : hexOf(byte);
  });
  return characters.join('');
}

function escapeText(text: string, escaped: RegExp): string {
  return text.replace(escaped, (character) => utf8Of(character.charCodeAt(0)).map(hexOf).join(''));
}

/** The UTF-8 bytes of one UTF-16 unit. By hand, since `Buffer` turns lone surrogates into U+FFFD. */
function utf8Of(code: number): number[] {
  if (code < 0x80) return [code];
  if (code < 0x800) return [0xc0 | (code >> 6), 0x80 | (code & 0x3f)];
  return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
}

function hexOf(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
