/**
 * What the formats write, read back: by a parser that knows nothing of them, and by Muster's own.
 */
import test from 'ava';
import fc from 'fast-check';
import { createToValues } from '../../logs/columns.js';
import type { LogValue, ScalarValue } from '../../logs/format.js';
import { createFormat } from '../../logs/formats.js';
import { createReadLine } from '../../logs/read-line.js';
import { columns, recordOf, values } from './arbitrary-records.js';
import { type ParsedField, parseZeekLog } from './parse-zeek-log.js';

/** How a file is expected to show a value, as Latin-1. Numbers of seconds and doubles are compared as numbers. */
function shown(type: string, value: LogValue): unknown {
  if (value === null || value === undefined) return undefined;
  if (/^(set|vector)/.test(type)) {
    return [...(value as Iterable<ScalarValue>)].map((one) => shown(type.replace(/^.*\[|\]/g, ''), one));
  }
  if (type === 'time' || type === 'interval') return Math.round((value as number) * 1_000) + 0;
  if (type === 'double') return value;
  if (type === 'bool') return value ? 'T' : 'F';
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : bytesOf(String(value));
}

/** UTF-8, lone surrogates as three bytes, as Latin-1. */
function bytesOf(text: string): string {
  return Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    if (character.length === 2 || code < 0xd800 || code > 0xdfff) return Buffer.from(character).toString('latin1');
    return String.fromCharCode(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }).join('');
}

function parsed(type: string, field: ParsedField): unknown {
  if (type === 'time' || type === 'interval') return field && Math.round(Number(field) * 1e6) + 0;
  if (type === 'double') return field && (field === 'inf' ? Infinity : field === '-inf' ? -Infinity : Number(field));
  return field;
}

test('TSV parses back to what was written, hostile texts included', (t) => {
  const format = createFormat('tsv', { path: 'hostile', columns });
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (rows) => {
      const file = Buffer.from(format.header(0) + rows.map((row) => format.line(row)).join('') + format.footer(1));
      const log = parseZeekLog(file);
      t.deepEqual([log.path, log.opened, log.closed, log.fields], ['hostile', 1, 1, columns.map(({ name }) => name)]);
      const found = log.rows.map((row) => row.map((field, i) => parsed(columns[i]?.type ?? '', field)));
      t.deepEqual(
        found,
        rows.map((row) => row.map((value, i) => shown(columns[i]?.type ?? '', value))),
      );
    }),
    { numRuns: 500 },
  );
});

for (const name of ['json', 'tsv'] as const) {
  test(`what is read from ${name} and written again is what was there`, (t) => {
    const format = createFormat(name, { path: 'x', columns });
    const read = createReadLine(name, columns);
    fc.assert(
      fc.property(values, (row) => {
        const first = read(format.line(row).slice(0, -1));
        t.deepEqual(read(format.line(first).slice(0, -1)), first);
        const isText = row.every((value) => withoutBytes(value) === value);
        if (isText) t.is(format.line(first), format.line(row));
      }),
      { numRuns: 500 },
    );
  });
}

test('from TSV to JSON and back nothing is lost but which bytes were no text', (t) => {
  const [json, tsv] = [createFormat('json', { path: 'x', columns }), createFormat('tsv', { path: 'x', columns })];
  const [readJson, readTsv] = [createReadLine('json', columns), createReadLine('tsv', columns)];
  fc.assert(
    fc.property(values, (row) => {
      const plain = row.map((value) => (isPlainNumber(value) ? value : 0)).map(withoutBytes);
      const line = tsv.line(plain);
      t.is(tsv.line(readJson(json.line(readTsv(line.slice(0, -1))).slice(0, -1))), line);
    }),
    { numRuns: 300 },
  );
});

test('every such record fits its columns, and keeps its values', (t) => {
  const toValues = createToValues('Test::LOG', columns);
  fc.assert(
    fc.property(values, (row) => {
      const plain = row.map((value) => (value instanceof Set ? [...value] : value));
      t.deepEqual(toValues(recordOf(row)), plain as ReturnType<typeof toValues>);
    }),
  );
});

function isPlainNumber(value: LogValue): boolean {
  return typeof value !== 'number' || Number.isFinite(value);
}

function withoutBytes(value: LogValue): LogValue {
  const isText = (one: ScalarValue) =>
    !(one instanceof Uint8Array) && !(typeof one === 'string' && !one.isWellFormed());
  if (Array.isArray(value) || value instanceof Set) return [...(value as Iterable<ScalarValue>)].filter(isText);
  return isText(value as ScalarValue) ? value : 'text';
}
