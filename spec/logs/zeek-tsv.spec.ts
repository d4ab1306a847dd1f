import test from 'ava';
import fc from 'fast-check';
import { clusterLogColumns } from '../../logs/cluster-log.js';
import type { ColumnType, LogValue } from '../../logs/format.js';
import { zeekTsv } from '../../logs/zeek-tsv.js';
import { readZeekTsv } from './read-zeek-tsv.js';

process.env.TZ = 'UTC';

const clusterLog = zeekTsv({ path: 'cluster', columns: clusterLogColumns });

/** How one value looks in a column of its own, that is not the first. */
function written(type: ColumnType, value: LogValue): string {
  const columns = [
    { name: 'n', type: 'count' },
    { name: 'v', type },
  ] as const;
  return zeekTsv({ path: 'x', columns }).line([1, value]).slice(2, -1);
}

test('a file of the cluster log is, byte for byte, as Zeek writes it', (t) => {
  const openedAt = Date.UTC(2026, 10, 21, 10, 0, 0);
  const record = [1_427_304_960_695.733, 'worker-1', 'got hello from manager (3fa0)'];
  t.is(
    clusterLog.header(openedAt) + clusterLog.line(record) + clusterLog.footer(openedAt + 3_661_000),
    [
      '#separator \\x09',
      '#set_separator\t,',
      '#empty_field\t(empty)',
      '#unset_field\t-',
      '#path\tcluster',
      '#open\t2026-11-21-10-00-00',
      '#fields\tts\tnode\tmessage',
      '#types\ttime\tstring\tstring',
      '1427304960.695733\tworker-1\tgot hello from manager (3fa0)',
      '#close\t2026-11-21-11-01-01',
      '',
    ].join('\n'),
  );
});

test('what would break a line, a field or a terminal is escaped', (t) => {
  t.is(written('string', 'a\tb\nc\rd\\e\0f\x1b[31m\x7f'), 'a\\x09b\\x0ac\\x0dd\\x5ce\\x00f\\x1b[31m\\x7f');
  t.is(written('string', '\u009b31m'), '\\xc2\\x9b31m');
  t.is(written('string', 'é ☃ 🦓, "quoted"'), 'é ☃ 🦓, "quoted"');
  t.is(written('string', '\\x41'), '\\x5cx41');
});

test('lone surrogates and bytes that are no UTF-8 are escaped byte by byte', (t) => {
  t.is(written('string', 'a\ud800b'), 'a\\xed\\xa0\\x80b');
  t.is(written('string', Uint8Array.of(0x61, 0xff, 0x09, 0x5c)), 'a\\xff\\x09\\x5c');
  t.is(written('string', Buffer.from('é\t')), 'é\\x09');
  t.is(written('string', new Uint8Array()), '(empty)');
});

test('unset and empty values are told from texts that look like them', (t) => {
  t.is(written('string', undefined), '-');
  t.is(written('string', null), '-');
  t.is(written('string', '-'), '\\x2d');
  t.is(written('string', '--'), '--');
  t.is(written('string', ''), '(empty)');
  t.is(written('string', '(empty)'), '\\x28empty)');
  t.is(written('string', Buffer.from('-')), '\\x2d');
});

test('a line that would begin as a header does is escaped', (t) => {
  const format = zeekTsv({ path: 'x', columns: [{ name: 'first', type: 'string' }] });
  t.is(format.line(['#close']), '\\x23close\n');
  t.is(written('string', '#close'), '#close');
});

test('sets and vectors are separated by commas, and their elements escaped', (t) => {
  t.is(written('set[string]', new Set(['a,b', 'c\td', '-', '(empty)'])), 'a\\x2cb,c\\x09d,\\x2d,\\x28empty)');
  t.is(written('vector[count]', [1, 2n, 3]), '1,2,3');
  t.is(written('vector[string]', ['a', undefined, '']), 'a,-,(empty)');
  t.is(written('set[string]', new Set()), '(empty)');
  t.is(written('vector[string]', []), '(empty)');
  t.is(written('set[string]', undefined), '-');
  t.is(written('set[addr]', ['10.0.0.1', 'fe80::1']), '10.0.0.1,fe80::1');
});

test('a set of the empty string is told from the empty set', (t) => {
  t.is(written('set[string]', ['']), '');
});

test('numbers are written as Zeek writes their types', (t) => {
  t.is(written('time', 0), '0.000000');
  t.is(written('time', new Date(1_500)), '1.500000');
  t.is(written('interval', 250.5), '0.250500');
  t.is(written('interval', -1), '-0.001000');
  t.is(written('count', 2n ** 64n - 1n), '18446744073709551615');
  t.is(written('int', -5), '-5');
  t.is(written('port', 27_762), '27762');
  t.is(written('double', 3), '3.0');
  t.is(written('double', 0.1), '0.1');
  t.is(written('double', 1e21), '1e+21');
  t.is(written('double', Number.NaN), 'nan');
  t.is(written('time', Number.NEGATIVE_INFINITY), '-inf');
  t.is(written('bool', true), 'T');
  t.is(written('bool', false), 'F');
});

test('a value of another type cannot break the line', (t) => {
  t.is(written('count', '1\t2\n'), '1\\x092\\x0a');
  t.is(written('double', 'x\t'), 'nan');
  t.is(written('addr', 'a\nb'), 'a\\x0ab');
  t.is(written('set[count]', 7), '7');
});

test('whatever the texts, a record is one line and reads back as it was', (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('-', '#', ',', '\\', 'x', '0', '\t', '\n', '(empty)', 'é', '\0') }),
  );
  const columns = [
    { name: 'a', type: 'string' },
    { name: 'b', type: 'set[string]' },
    { name: 'c', type: 'vector[string]' },
  ] as const;
  const format = zeekTsv({ path: 'x', columns });
  const record = fc.record({ a: fc.option(text, { nil: undefined }), b: fc.array(text), c: fc.array(text) });
  fc.assert(
    fc.property(record, (given) => {
      const { records } = readZeekTsv(format.header(0) + format.line([given.a, given.b, given.c]));
      t.deepEqual(records, [given]);
    }),
  );
});
