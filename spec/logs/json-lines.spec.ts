import test from 'ava';
import fc from 'fast-check';
import { clusterLogColumns } from '../../logs/cluster-log.js';
import type { ColumnType, LogValue } from '../../logs/format.js';
import { jsonLines } from '../../logs/json-lines.js';

const clusterLog = jsonLines({ path: 'cluster', columns: clusterLogColumns });

function written(type: ColumnType, value: LogValue): string {
  return jsonLines({ path: 'x', columns: [{ name: 'v', type }] }).line([value]);
}

test('a record of the cluster log is one object, its time in seconds', (t) => {
  t.is(
    clusterLog.line([1_427_304_960_695.733, 'worker-1', 'fully connected']),
    '{"ts":1427304960.695733,"node":"worker-1","message":"fully connected"}\n',
  );
  t.is(clusterLog.line([1_000, '', '']), '{"ts":1.000000,"node":"","message":""}\n');
  t.is(clusterLog.header(0) + clusterLog.footer(0), '');
});

test('columns come in their order, unset ones are left out, others are not written', (t) => {
  t.is(clusterLog.line([undefined, null, 'm', 'extra']), '{"message":"m"}\n');
  t.is(clusterLog.line([]), '{}\n');
});

test('no control character is left raw', (t) => {
  t.is(written('string', 'a\nb\t\x1b\x7f\u009b"\\'), '{"v":"a\\nb\\t\\u001b\\u007f\\u009b\\"\\\\"}\n');
  t.is(written('string', '\ud800'), '{"v":"\\ud800"}\n');
  t.is(written('string', Uint8Array.of(0x61, 0xff)), '{"v":"a\\\\xff"}\n');
  t.is(written('string', Buffer.from('é')), '{"v":"é"}\n');
});

test('values are written as their types, what JSON cannot say as null', (t) => {
  t.is(written('count', 2n ** 64n - 1n), '{"v":18446744073709551615}\n');
  t.is(written('count', Number.NaN), '{"v":null}\n');
  t.is(written('count', 'many\n'), '{"v":"many\\n"}\n');
  t.is(written('int', -5), '{"v":-5}\n');
  t.is(written('double', 0.5), '{"v":0.5}\n');
  t.is(written('double', Number.POSITIVE_INFINITY), '{"v":null}\n');
  t.is(written('time', Number.NaN), '{"v":null}\n');
  t.is(written('interval', 1_500), '{"v":1.500000}\n');
  t.is(written('bool', false), '{"v":false}\n');
  t.is(written('port', 80), '{"v":80}\n');
  t.is(written('addr', '::1'), '{"v":"::1"}\n');
  t.is(written('set[string]', new Set(['a', ''])), '{"v":["a",""]}\n');
  t.is(written('vector[count]', [1, undefined, 2]), '{"v":[1,null,2]}\n');
  t.is(written('vector[count]', []), '{"v":[]}\n');
});

test('whatever the texts, a record is one line and parses as it was', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (node, message) => {
      const line = clusterLog.line([1, node, message]);
      t.is(line.indexOf('\n'), line.length - 1);
      t.deepEqual(JSON.parse(line), { ts: 0.001, node, message });
    }),
  );
});
