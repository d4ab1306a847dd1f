import test from 'ava';
import { columnsOf, createToValues } from '../../logs/columns.js';
import type { ColumnType } from '../../logs/format.js';
import { defaultPath, isValidPath } from '../../logs/names.js';

/** What becomes of a value; the message for one that does not fit. */
function plain(type: ColumnType, value: unknown): unknown {
  try {
    return createToValues('Test::LOG', [{ name: 'v', type }])({ v: value })[0];
  } catch (error) {
    return (error as Error).message.replace('stream Test::LOG, column v: ', '');
  }
}

test('values that fit are taken, dates and sets in their plain form', (t) => {
  t.is(plain('time', new Date(1_500)), 1_500);
  t.is(plain('time', 1_500.25), 1_500.25);
  t.is(plain('interval', -1.5), -1.5);
  t.is(plain('count', 2n ** 64n - 1n), 2n ** 64n - 1n);
  t.is(plain('int', -5), -5);
  t.is(plain('double', Number.NaN), Number.NaN);
  t.is(plain('port', 0), 0);
  t.is(plain('addr', 'fe80::1'), 'fe80::1');
  t.is(plain('subnet', '::/0'), '::/0');
  t.deepEqual(plain('set[count]', new Set([1, 2n])), [1, 2n]);
  t.deepEqual(plain('vector[string]', ['a', null, undefined]), ['a', null, null]);
  for (const type of ['time', 'set[string]'] as const) {
    t.is(plain(type, undefined), null);
    t.is(plain(type, null), null);
  }
});

test('values that do not fit are refused, with what was expected', (t) => {
  const refused: [ColumnType, unknown][] = [
    ['time', 'now'],
    ['time', new Date(Number.NaN)],
    ['time', Number.POSITIVE_INFINITY],
    ['interval', '1s'],
    ['string', 1],
    ['enum', new Uint8Array()],
    ['addr', '10.0.0'],
    ['subnet', '10.0.0.0/33'],
    ['subnet', '10.0.0.0'],
    ['port', 65_536],
    ['port', 1.5],
    ['count', -1],
    ['count', 2 ** 60],
    ['count', 2n ** 64n],
    ['int', 2n ** 63n],
    ['double', '1'],
    ['bool', 1],
    ['set[string]', 'a'],
    ['set[string]', ['a', null]],
    ['vector[count]', new Set([1])],
    ['vector[count]', [1, 'a']],
  ];
  for (const [type, value] of refused) t.regex(String(plain(type, value)), /^got .*, expected /, type);
  t.is(plain('count', -1), 'got -1, expected a whole number from 0 to 2^64 - 1');
  t.is(plain('set[addr]', ['x']), "got [ 'x' ], expected a Set or an array, each element an IP address");
});

test('a column too many is refused, wherever it is', (t) => {
  const toValues = createToValues('Test::LOG', columnsOf('Test::LOG', { a: 'count', b: 'count' }));
  t.deepEqual(toValues({ b: 1, a: undefined, z: undefined }), [null, 1]);
  t.deepEqual(toValues({}), [null, null]);
  for (const record of [{ a: 1, z: 1 }, { z: 1 }, { z: null, a: 1, b: 1 }]) {
    t.throws(() => toValues(record), {
      message: /column z: got .*, expected nothing: the stream has only the columns a, b/,
    });
  }
});

test('columns are an object of types or a list, and keep their order', (t) => {
  const list = [
    { name: 'b', type: 'count' },
    { name: 'a.x', type: 'set[addr]' },
  ] as const;
  t.deepEqual(columnsOf('T', list), list);
  t.deepEqual(columnsOf('T', { b: 'count', 'a.x': 'set[addr]' }), list);
  for (const bad of ['1', 'a b', '__proto__', '', 'é']) {
    t.throws(() => columnsOf('T', [{ name: bad, type: 'count' }]), { code: 'MUSTER_LOG_STREAM_INVALID' }, bad);
  }
});

test('the path of a stream follows from its id as in Zeek', (t) => {
  const paths = {
    'Cluster::LOG': 'cluster',
    'Known::HOSTS_LOG': 'known_hosts',
    'SSL::LOG': 'ssl',
    MyApp: 'my_app',
    'A::b': 'a_b',
  };
  for (const [id, path] of Object.entries(paths)) t.is(defaultPath(id), path);
  t.false(isValidPath('a.b') || isValidPath('../a') || isValidPath('') || isValidPath(7));
});
