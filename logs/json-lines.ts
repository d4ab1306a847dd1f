/**
 * JSON lines, as Zeek's JSON writer makes them: an object per record, unset columns left out, times in seconds.
 * Control characters are escaped, those that JSON itself allows raw included, so that a log can be shown on a terminal.
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
} from './format.js';

export const jsonLines: CreateLogFormat = ({ columns }) => {
  const fields = columns.map(({ name, type }) => ({ key: quote(name), render: rendererOf(type) }));
  return {
    name: 'json',
    header: () => '',
    line(values) {
      let members = '';
      for (let i = 0; i < fields.length; i++) {
        const { key, render } = fields[i] as (typeof fields)[number];
        const value = values[i];
        if (value === undefined || value === null) continue;
        members += `${members === '' ? '' : ','}${key}:${render(value)}`;
      }
      return `{${members}}\n`;
    },
    footer: () => '',
  };
};

function rendererOf(type: ColumnType): (value: LogValue) => string {
  const element = elementType(type);
  if (element === undefined) return (value) => renderScalar(type as ScalarType, value as ScalarValue);
  return (value) => {
    const elements = elementsOf(value).map((one) => renderScalar(element, one));
    return `[${elements.join(',')}]`;
  };
}

function renderScalar(type: ScalarType, value: ScalarValue): string {
  if (value === undefined || value === null) return 'null';
  switch (type) {
    case 'time':
    case 'interval':
      return Number.isFinite(Number(value)) ? toSeconds(Number(value)) : 'null';
    case 'double':
      return JSON.stringify(Number(value));
    case 'bool':
      return value ? 'true' : 'false';
    case 'count':
    case 'int':
    case 'port':
      return typeof value === 'number' || typeof value === 'bigint' ? toInteger(value) : renderText(value);
    default:
      return renderText(value);
  }
}

function toInteger(value: number | bigint): string {
  return typeof value === 'bigint' || Number.isFinite(value) ? String(value) : 'null';
}

function renderText(value: NonNullable<ScalarValue>): string {
  return quote(value instanceof Uint8Array ? textOf(value) : String(value));
}

/** Text in which nothing has to be escaped. */
const harmless = /^[ !#-[\]-~\u00a0-\ud7ff]*$/;

/** `JSON.stringify` leaves DEL and the C1 controls raw. */
function quote(text: string): string {
  if (harmless.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[\u007f-\u009f]/g,
    (control) => `\\u00${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Bytes that are no UTF-8 as a whole are shown as `\xHH`, as Zeek does. */
function textOf(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes).toString();
  const characters = Array.from(bytes, (byte) => {
    return byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`;
  });
  return characters.join('');
}
