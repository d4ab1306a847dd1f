import { isDeepStrictEqual } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { MusterError } from '../../errors.js';
import {
  decodeEvents,
  decodeValue,
  EventWriter,
  encodeEvent,
  encodeValue,
  maxDepth,
  maxElements,
  maxNameBytes,
  maxTopicBytes,
} from '../../transport/codec.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const fromHex = (digits: string) => Uint8Array.from(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
const afterTrip = (value: unknown) => decodeValue(encodeValue(value));

/** Arrays, one inside the other. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

function eventsOf(body: Uint8Array, count: number): unknown[][] {
  const events: unknown[][] = [];
  decodeEvents(body, count, (topic, name, args) => events.push([topic, name, ...args]));
  return events;
}

/** Another implementation must write and read these bytes; `docs/values.md` explains them. */
const golden: readonly (readonly [kind: string, value: unknown, bytes: string])[] = [
  ['null', null, 'c0'],
  ['true', true, 'c3'],
  ['false', false, 'c2'],
  ['a small number', 42, '2a'],
  ['a number of one byte', 200, 'cc c8'],
  ['a number of two bytes', 49_152, 'cd c000'],
  ['a number of four bytes', 4_294_967_295, 'ce ffffffff'],
  ['a small negative number', -5, 'fb'],
  ['a negative number of one byte', -100, 'd0 9c'],
  ['a negative number of two bytes', -1_000, 'd1 fc18'],
  ['a negative number of four bytes', -100_000, 'd2 fffe7960'],
  ['a fraction', 3.5, 'cb 400c000000000000'],
  ['an integer of more than 32 bits', 2 ** 40, 'cb 4270000000000000'],
  ['minus zero', -0, 'cb 8000000000000000'],
  ['infinity', Number.POSITIVE_INFINITY, 'cb 7ff0000000000000'],
  ['no number', Number.NaN, 'cb 7ff8000000000000'],
  ['a bigint', 42n, 'd3 000000000000002a'],
  ['a negative bigint', -(2n ** 63n), 'd3 8000000000000000'],
  ['a bigint beyond 2^63', 2n ** 64n - 1n, 'cf ffffffffffffffff'],
  ['a string', 'muster', 'a6 6d7573746572'],
  ['a string beyond ASCII', 'Zürich 🦓', 'ac 5ac3bc7269636820f09fa693'],
  ['bytes', Uint8Array.of(1, 2, 255), 'c4 03 0102ff'],
  ['an array', [1, 'a', null], '93 01 a161 c0'],
  ['an object', { id: 7, up: true }, '82 a26964 07 a27570 c3'],
  ['a Date in whole seconds', new Date('2026-01-02T03:04:05Z'), 'd6 ff 695735a5'],
  ['a Date in milliseconds', new Date('2026-01-02T03:04:05.678Z'), 'd7 ff a1a5d600695735a5'],
  ['a Date in the first second of 1970', new Date(500), 'd7 ff 7735940000000000'],
  ['a Date after 2106', new Date('2200-01-01T00:00:00Z'), 'c7 0c ff 00000000 00000001b09e1900'],
  ['a Date before 1970', new Date(-1), 'c7 0c ff 3b8b87c0 ffffffffffffffff'],
  [
    'a Map',
    new Map<unknown, unknown>([
      ['a', 1],
      [2, [3]],
    ]),
    'c7 07 4d 94 a161 01 02 91 03',
  ],
  ['an empty Map', new Map(), 'd4 4d 90'],
  ['a Set', new Set<unknown>(['a', 1n]), 'c7 0c 53 92 a161 d3 0000000000000001'],
  ['a Set in a Map', new Map([[1, new Set([2])]]), 'c7 06 4d 92 01 d5 53 91 02'],
  ['minus zero in an array', [-0], '91 cb 8000000000000000'],
];

for (const [kind, value, bytes] of golden) {
  test(`${kind} is these bytes: ${bytes}`, (t) => {
    t.is(hex(encodeValue(value)), bytes.replaceAll(' ', ''));
    t.deepEqual(decodeValue(fromHex(bytes)), value);
    t.is(hex(encodeValue([value])), `91${bytes.replaceAll(' ', '')}`);
  });
}

test('a body of two events is these bytes', (t) => {
  const writer = new EventWriter();
  writer.append('zeek/cluster/proxy', 'Scan::attempt', ['10.0.0.17', 49_152, '192.168.1.1', 3.5, true]);
  writer.append('', 'x', []);
  const body = writer.bytes.subarray(0, writer.length);
  t.is(
    hex(body),
    'b27a65656b2f636c75737465722f70726f7879' +
      'ad5363616e3a3a617474656d7074' +
      '95a931302e302e302e3137cdc000ab3139322e3136382e312e31cb400c000000000000c3' +
      'a0a17890',
  );
  t.deepEqual(eventsOf(body, 2), [
    ['zeek/cluster/proxy', 'Scan::attempt', '10.0.0.17', 49_152, '192.168.1.1', 3.5, true],
    ['', 'x'],
  ]);
});

test('an event with topic and name of the one before has a nil in their place', (t) => {
  const writer = new EventWriter();
  for (const i of [1, 2]) writer.append('t', 'n', [i]);
  writer.append('t', 'm', [3]);
  writer.appendEncoded(encodeEvent('t', 'm', [4]));
  const body = writer.bytes.subarray(0, writer.length);
  t.is(hex(body), `a174a16e9101${'c09102'}a174a16d9103${'c09104'}`);
  t.deepEqual(eventsOf(body, 4), [
    ['t', 'n', 1],
    ['t', 'n', 2],
    ['t', 'm', 3],
    ['t', 'm', 4],
  ]);
});

test('what was dropped is not what an event repeats', (t) => {
  const writer = new EventWriter();
  writer.append('t', 'n', [1]);
  writer.takeBack(0);
  writer.append('t', 'n', [2]);
  t.deepEqual(eventsOf(writer.bytes.subarray(0, writer.length), 1), [['t', 'n', 2]]);
  writer.clear();
  writer.append('t', 'n', [3]);
  t.deepEqual(eventsOf(writer.bytes.subarray(0, writer.length), 1), [['t', 'n', 3]]);
});

test('the first event of a frame has nothing to repeat', (t) => {
  t.throws(() => eventsOf(fromHex('c090'), 1), { message: /a topic is no string/ });
});

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('headers stand behind the arguments of their event, and only there', (t) => {
  const plain = Buffer.from(encodeEvent('t', 'n', [1]).bytes);
  const headed = Buffer.from(encodeEvent('t', 'n', [1], { traceparent, tracestate: 'a=b' }).bytes);
  t.is(
    headed.subarray(plain.length).toString('hex'),
    `82ab${Buffer.from('traceparent').toString('hex')}d937${Buffer.from(traceparent).toString('hex')}` +
      `aa${Buffer.from('tracestate').toString('hex')}a3613d62`,
  );
  t.deepEqual(headed.subarray(0, plain.length), plain);
  const seen: unknown[] = [];
  decodeEvents(Buffer.concat([plain, headed, plain, headed]), 4, (...event) => seen.push(event));
  const headers = { traceparent, tracestate: 'a=b' };
  t.deepEqual(seen, [
    ['t', 'n', [1], plain.length, undefined],
    ['t', 'n', [1], headed.length, headers],
    ['t', 'n', [1], plain.length, undefined],
    ['t', 'n', [1], headed.length, headers],
  ]);
});

const refusedHeaders: Record<string, [bytes: string, words: RegExp]> = {
  'none at all': ['80', /0 headers of an event/],
  'too many': ['89', /9 headers of an event/],
  'a name that is no string': ['81 01 a161', /the name of a header is no string/],
  'a value that is no string': ['81 a161 01', /a header is no string/],
  'a map in the place of a value': ['81 a161 80', /a header is no string/],
  'an empty name': ['81 a0 a161', /a header that is called ""/],
  'a name twice': ['82 a161 a162 a161 a163', /called "a", or is there twice/],
  'the name __proto__': ['81 a9 5f5f70726f746f5f5f a161', /called "__proto__"/],
  'the name constructor': ['81 ab 636f6e7374727563746f72 a161', /called "constructor"/],
  'a name that is too long': [`81 d941 ${'61'.repeat(65)} a161`, /name of a header of 65 bytes/],
  'a value that is too long': [`81 a161 da0201 ${'61'.repeat(513)}`, /a header of 513 bytes/],
  'a value that is cut off': ['81 a161 a261', /cut off/],
  'a value that is no UTF-8': ['81 a161 a1ff', /no UTF-8/],
  'two maps': ['81 a161 a161 81 a161 a161', /bytes too many/],
  'no traceparent at all': [`81 ab ${Buffer.from('traceparent').toString('hex')} a0`, /traceparent that is none/],
  'a traceparent of zeros': [
    `81 ab ${Buffer.from('traceparent').toString('hex')} d937 ${Buffer.from(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`).toString('hex')}`,
    /traceparent that is none/,
  ],
  'a traceparent in capitals': [
    `81 ab ${Buffer.from('traceparent').toString('hex')} d937 ${Buffer.from(traceparent.toUpperCase()).toString('hex')}`,
    /traceparent that is none/,
  ],
};
for (const [what, [bytes, words]] of Object.entries(refusedHeaders)) {
  test(`of headers, ${what} is refused`, (t) => {
    const event = encodeEvent('t', 'n', [1]).bytes;
    const body = Buffer.concat([event, fromHex(bytes)]);
    const error = t.throws(() => decodeEvents(body, 1, () => t.fail('an event was given out')), {
      instanceOf: MusterError,
    });
    t.is(error?.code, 'MUSTER_FRAME_INVALID');
    t.regex(error?.message ?? '', words);
  });
}

test('headers that cannot be sent are refused, and nothing is appended', (t) => {
  const writer = new EventWriter();
  for (const headers of [{}, { a: 'x'.repeat(513) }, { ['x'.repeat(65)]: 'a' }, { a: '\ud800' }, { a: undefined }]) {
    t.throws(() => writer.append('t', 'n', [], headers), { instanceOf: TypeError, message: /^headers: / });
    t.is(writer.length, 0);
  }
});

test('other encodings of the same values are read, too', (t) => {
  const readings: [string, unknown][] = [
    ['cc 05', 5],
    ['ce 00000005', 5],
    ['d1 0005', 5],
    ['ca 40600000', 3.5],
    ['d9 01 61', 'a'],
    ['db 00000001 61', 'a'],
    ['c6 00000001 07', Uint8Array.of(7)],
    ['dd 00000001 07', [7]],
    ['df 00000001 a161 07', { a: 7 }],
    ['c9 00000002 53 91 07', new Set([7])],
    ['cf 0000000000000005', 5n],
    ['c7 0c ff 00000000 0000000000000001', new Date(1_000)],
  ];
  for (const [bytes, value] of readings) t.deepEqual(decodeValue(fromHex(bytes)), value, bytes);
});

test('a Buffer arrives as a plain Uint8Array of its own', (t) => {
  const sent = Buffer.from('some bytes of a pool').subarray(5, 10);
  const bytes = encodeValue([sent]);
  const [received] = decodeValue(Buffer.from(bytes)) as [Uint8Array];
  t.is(Object.getPrototypeOf(received), Uint8Array.prototype);
  t.is(received.buffer.byteLength, 5);
  bytes.fill(0);
  t.is(Buffer.from(received).toString(), 'bytes');
});

test('objects arrive with the usual prototype, and keys that it has are data', (t) => {
  const sent = Object.assign(Object.create(null), { constructor: 1, toString: 'x', hasOwnProperty: null, toJSON: 2 });
  const received = afterTrip(sent) as object;
  t.is(Object.getPrototypeOf(received), Object.prototype);
  t.deepEqual(Object.entries(received), Object.entries(sent));
});

test('a key that Object.prototype guards is data all the same', (t) => {
  Object.defineProperty(Object.prototype, 'guarded', { value: 0, writable: false, configurable: true });
  t.teardown(() => Reflect.deleteProperty(Object.prototype, 'guarded'));
  t.deepEqual(Object.entries(decodeValue(fromHex('81 a7 67756172646564 05')) as object), [['guarded', 5]]);
  t.throws(() => decodeValue(fromHex('82 a7 67756172646564 05 a7 67756172646564 06')), { message: /same key twice/ });
});

test('large objects are held to the same rules', (t) => {
  const keys = ['guarded', 'toString', ...Array.from({ length: 98 }, (_, i) => `key${i}`)];
  const encode = (names: readonly string[]) =>
    Buffer.concat([
      Buffer.of(0xde, 0, names.length),
      ...names.flatMap((name) => [encodeValue(name), encodeValue(name)]),
    ]);
  t.deepEqual(
    Object.entries(decodeValue(encode(keys)) as object),
    keys.map((name) => [name, name]),
  );
  t.throws(() => decodeValue(encode([...keys, 'key7'])), { message: /^an object with the same key twice/ });
  t.throws(() => decodeValue(encode([...keys, 'toString'])), { message: /^an object with the same key twice/ });
  t.throws(() => decodeValue(encode([...keys, '__proto__'])), { message: /^the key __proto__/ });
});

test('a value may occur twice, and a getter is sent as what it gives', (t) => {
  const shared = { a: 1 };
  t.deepEqual(afterTrip([shared, { shared }, shared]), [shared, { shared }, shared]);
  let reads = 0;
  const sent = {
    get now() {
      reads++;
      return reads === 1 ? [1] : () => {};
    },
  };
  t.deepEqual(afterTrip(sent), { now: [1] });
  t.is(reads, 1);
});

test('Maps and Sets keep their order and take keys of any kind', (t) => {
  const sent = new Map<unknown, unknown>([
    [[1], 'a'],
    [new Date(5), 'b'],
    [5n, 'c'],
    [5, 'd'],
    ['5', 'e'],
    [Number.NaN, 'f'],
  ]);
  t.deepEqual([...(afterTrip(sent) as typeof sent)], [...sent]);
  t.deepEqual([...(afterTrip(new Set(['b', 'a', null])) as Set<unknown>)], ['b', 'a', null]);
});

class Host {
  ip = '10.0.0.1';
}
const cycle: { a: unknown[] } = { a: [1] };
cycle.a.push({ back: cycle });
const cyclicMap = new Map<unknown, unknown>();
cyclicMap.set('self', new Set([cyclicMap]));

const refused: readonly (readonly [value: unknown, message: string])[] = [
  [undefined, 'args[1]: undefined cannot be sent: send null, or leave it out'],
  [{ callback: () => {} }, 'args[1].callback: a function cannot be sent'],
  [[[], [Symbol('x')]], 'args[1][1][0]: a symbol cannot be sent'],
  [{ 'a b': { c: undefined } }, 'args[1]["a b"].c: undefined cannot be sent: send null, or leave it out'],
  [{ hosts: [new Host()] }, 'args[1].hosts[0]: an instance of Host cannot be sent: send its data as a plain object'],
  [Promise.resolve(), 'args[1]: an instance of Promise cannot be sent: send its data as a plain object'],
  [
    new (class extends Map {})(),
    'args[1]: an instance of a nameless class cannot be sent: send its data as a plain object',
  ],
  [new (class List extends Array {})(), 'args[1]: an instance of List cannot be sent: send its data as a plain object'],
  [[new Float64Array(1)], 'args[1][0]: an instance of Float64Array cannot be sent: send its bytes as a Uint8Array'],
  [new DataView(new ArrayBuffer(1)), 'args[1]: an instance of DataView cannot be sent: send its bytes as a Uint8Array'],
  [/x/, 'args[1]: an instance of RegExp cannot be sent: send its data as a plain object'],
  [cycle, 'args[1].a[1].back: a cycle (back to args[1]) cannot be sent'],
  [{ cyclicMap }, 'args[1].cyclicMap.get("self").member[0]: a cycle (back to args[1].cyclicMap) cannot be sent'],
  // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested.
  [[1, , 3], 'args[1][1]: a hole in an array cannot be sent'],
  ['a\ud800', 'args[1]: a string with a lone surrogate cannot be sent'],
  [{ long: `${'x'.repeat(100)}\udc00` }, 'args[1].long: a string with a lone surrogate cannot be sent'],
  [{ 'a\ud800': 1 }, 'args[1]["a\\ud800"]: a key with a lone surrogate cannot be sent'],
  [JSON.parse('{"a":{"__proto__":1}}'), 'args[1].a.__proto__: a key of this name cannot be sent'],
  [[{ [Symbol('x')]: 1 }], 'args[1][0]: an object with a symbol as a key cannot be sent'],
  [2n ** 64n, 'args[1]: a bigint of more than 64 bits cannot be sent'],
  [[-(2n ** 63n) - 1n], 'args[1][0]: a bigint of more than 64 bits cannot be sent'],
  [new Date(Number.NaN), 'args[1]: an invalid Date cannot be sent'],
  [new Map([['x', undefined]]), 'args[1].get("x"): undefined cannot be sent: send null, or leave it out'],
  [new Map([[3, () => {}]]), 'args[1].get(3): a function cannot be sent'],
  [new Map([[() => {}, 3]]), 'args[1].entry[0].key: a function cannot be sent'],
  [new Map([[[1], () => {}]]), 'args[1].entry[0].value: a function cannot be sent'],
  [new Set([1, () => {}]), 'args[1].member[1]: a function cannot be sent'],
  [nested(maxDepth + 1), `args[1]${'[0]'.repeat(64)}: a value nested deeper than 64 levels cannot be sent`],
  [new Array(maxElements + 1).fill(0), 'args[1]: an event or value of more than 1000000 elements cannot be sent'],
];

for (const [value, message] of refused) {
  test(`refused at the caller: ${message.slice(0, 100)}`, (t) => {
    const writer = new EventWriter();
    writer.append('t', 'n', [1]);
    const before = writer.length;
    t.throws(() => writer.append('t', 'n', [0, value]), { instanceOf: TypeError, message });
    t.throws(() => encodeEvent('t', 'n', [0, value]), { instanceOf: TypeError, message });
    t.throws(() => encodeValue(value), { instanceOf: TypeError, message: message.replaceAll('args[1]', 'value') });
    t.is(writer.length, before);
    writer.append('t', 'n', [{ a: 2 }]);
    t.deepEqual(eventsOf(writer.bytes.subarray(0, writer.length), 2), [
      ['t', 'n', 1],
      ['t', 'n', { a: 2 }],
    ]);
  });
}

test('a value has the name that the caller gives it', (t) => {
  t.throws(() => encodeValue({ a: undefined }, 'hosts.put(key, value)'), { message: /^hosts\.put\(key, value\)\.a: / });
});

test('topics and names of the wrong kind are refused at the caller', (t) => {
  const refuse = (topic: unknown, name: unknown, message: string) =>
    t.throws(() => encodeEvent(topic as string, name as string, []), { instanceOf: TypeError, message });
  refuse(undefined, 'n', 'topic: a string is needed, not undefined');
  refuse('t', 5, 'event name: a string is needed, not number');
  refuse('ü'.repeat(513), 'n', `topic: 1026 bytes, and ${maxTopicBytes} is the limit`);
  refuse('t', 'x'.repeat(257), `event name: 257 bytes, and ${maxNameBytes} is the limit`);
  refuse('\ud800', 'n', 'topic: a string with a lone surrogate cannot be sent');
});

test('what is just within the limits is sent', (t) => {
  t.deepEqual(afterTrip(nested(maxDepth)), nested(maxDepth));
  const many = new Array(maxElements).fill(0);
  t.is((afterTrip(many) as unknown[]).length, maxElements);
  const longest = ['ü'.repeat(512), 'x'.repeat(256)] as const;
  t.deepEqual(eventsOf(encodeEvent(...longest, [nested(maxDepth)]).bytes, 1), [[...longest, nested(maxDepth)]]);
});

test('more topics than are remembered make no difference', (t) => {
  for (let i = 0; i < 5_000; i++) {
    const topic = `zeek/cluster/nodeid/${i % 2_500}/`;
    const bytes = encodeEvent(topic, `event-${i % 7}`, [i, { [`key${i}`]: i }]).bytes;
    t.deepEqual(eventsOf(bytes, 1), [[topic, `event-${i % 7}`, i, { [`key${i}`]: i }]]);
  }
});

test('a getter that sends while its value is being sent is refused, and nothing is torn', (t) => {
  const writer = new EventWriter();
  let inner: unknown;
  const trap = {
    get a() {
      try {
        writer.append('t', 'inner', []);
      } catch (error) {
        inner = error;
      }
      return 1;
    },
  };
  writer.append('t', 'outer', [trap]);
  t.regex(String(inner), /^TypeError: a getter of a value that is being sent cannot send/);
  t.deepEqual(eventsOf(writer.bytes.subarray(0, writer.length), 1), [['t', 'outer', { a: 1 }]]);
});

test('a handler may send and receive while events are given out', (t) => {
  const writer = new EventWriter();
  for (let i = 0; i < 3; i++) writer.append('t', 'n', [i]);
  const seen: unknown[] = [];
  decodeEvents(writer.bytes.subarray(0, writer.length), 3, (_topic, _name, args) => {
    seen.push(...args);
    seen.push(...eventsOf(encodeEvent('u', 'm', args).bytes, 1));
  });
  t.deepEqual(seen, [0, ['u', 'm', 0], 1, ['u', 'm', 1], 2, ['u', 'm', 2]]);
});

// ava compares byte by byte and key by key, and shows the difference: too slow for these.
test('large values do not wear the codec out', (t) => {
  const large = new Uint8Array(5 << 20).fill(9);
  const first = encodeValue(large);
  const second = encodeValue({ large });
  t.true(isDeepStrictEqual(decodeValue(first), large));
  t.true(isDeepStrictEqual(decodeValue(second), { large }));
  const args = [large, 'x'.repeat(100_000), 'é'.repeat(70_000)];
  t.true(isDeepStrictEqual(eventsOf(encodeEvent('t', 'n', args).bytes, 1), [['t', 'n', ...args]]));
});

test('the bytes of an encoded value are the caller’s', (t) => {
  const values = ['small', new Uint8Array(60_000).fill(1), { a: new Uint8Array(60_000).fill(2) }];
  const encoded = values.map((value) => encodeValue(value));
  encodeEvent('topic', 'name', [new Uint8Array(70_000).fill(3)]);
  t.true(isDeepStrictEqual(encoded.map(decodeValue), values));
});

test('an object of 70,000 keys makes the journey', (t) => {
  const sent = Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`key ${i}`, i]));
  t.true(isDeepStrictEqual(afterTrip(sent), sent));
});

const malformed: readonly (readonly [what: string, body: string, message: RegExp])[] = [
  ['nothing', '', /^cut off in the middle of a value \(at byte 0 of 0\)$/],
  ['a value cut off', '92 01', /^cut off/],
  ['a number cut off', 'cb 00', /^cut off/],
  ['a string longer than what is there', 'db ffffffff 61', /^cut off/],
  ['bytes longer than what is there', 'c6 ffffffff 61', /^cut off/],
  ['an array longer than what is there', 'dd ffffffff 01', /^cut off/],
  ['an object longer than what is there', 'df ffffffff a161 01', /^cut off/],
  ['an extension longer than what is there', 'c9 ffffffff 4d 90', /^cut off/],
  ['trailing bytes', '01 02', /^1 bytes too many/],
  ['the byte that msgpack never uses', 'c1', /^0xc1, which begins no value/],
  ['a record definition', 'd4 72 40 91 a161', /^an extension of type 0x72, which is not known/],
  ['a RegExp of msgpackr', 'd4 78 00 92 a161 a0', /type 0x78/],
  ['an Error of msgpackr', 'd4 65 00 92 a161 a0', /type 0x65/],
  ['a bigint of msgpackr', 'c7 09 42 010000000000000000', /type 0x42/],
  ['undefined of msgpackr', 'd4 00 00', /type 0x0,/],
  ['the key __proto__', '81 a9 5f5f70726f746f5f5f 80', /^the key __proto__/],
  ['a key that is no string', '81 01 02', /^the key of an object is no string/],
  ['the same key twice', '82 a161 01 a161 02', /^an object with the same key twice/],
  [
    'the same inherited key twice',
    '82 a8 746f537472696e67 01 a8 746f537472696e67 01',
    /^an object with the same key twice/,
  ],
  ['a string that is no UTF-8', 'a2 c328', /^a string that is no UTF-8/],
  ['half a surrogate pair', 'a3 eda080', /^a string that is no UTF-8/],
  ['a long string that is no UTF-8', `da 0200 ${'61'.repeat(511)}ff`, /^a string that is no UTF-8/],
  ['a Map without a list', 'd4 4d 01', /^the keys and values of a Map are no array/],
  ['a Map with half an entry', 'd5 4d 91 01', /^a Map with a key that has no value/],
  ['a Map with the same key twice', 'c7 05 4d 94 01 01 01 02', /^a Map with the same key twice/],
  ['a Set with the same member twice', 'c7 03 53 92 01 01', /^a Set with the same member twice/],
  ['a Set cut off by the end of its extension', '92 d5 53 92 01 02', /^cut off/],
  ['a Set whose member ends outside its extension', '92 d5 53 91 cc 01', /^cut off/],
  ['an extension with bytes to spare', 'd6 53 91 01 00 00', /^an extension that is longer than its content/],
  ['a timestamp of one byte', 'd4 ff 00', /^a timestamp of 1 bytes/],
  ['a timestamp with too many nanoseconds', 'd7 ff ee6b2800 00000000', /^a timestamp out of range/],
  ['a timestamp beyond any Date', 'c7 0c ff 00000000 7fffffffffffffff', /^a timestamp out of range/],
  ['65 levels of arrays', `${'91'.repeat(65)}c0`, /^a value nested deeper than 64 levels/],
  ['65 levels of Sets and objects', `${'91'.repeat(63)}81a161 d5539190`, /^a value nested deeper than 64 levels/],
];

for (const [what, body, message] of malformed) {
  test(`refused from a peer: ${what}`, (t) => {
    const bytes = fromHex(body);
    t.throws(() => decodeValue(bytes), { instanceOf: MusterError, code: 'MUSTER_FRAME_INVALID', message });
    if (bytes.length === 0) return;
    const argument = Buffer.concat([Buffer.from('a174a16e91', 'hex'), bytes]);
    const twice = Buffer.concat([Buffer.from('a174a16e90', 'hex'), argument]);
    t.throws(() => eventsOf(argument, 1), { instanceOf: MusterError, code: 'MUSTER_FRAME_INVALID' });
    t.throws(() => decodeEvents(twice, 2, () => t.fail('an event was given out')), { instanceOf: MusterError });
  });
}

test('refused from a peer: bodies that are no list of as many events', (t) => {
  const event = Buffer.from(encodeEvent('topic', 'name', [1]).bytes);
  const refuse = (body: Uint8Array, count: number, message: RegExp) =>
    t.throws(() => decodeEvents(body, count, () => t.fail('an event was given out')), {
      instanceOf: MusterError,
      code: 'MUSTER_FRAME_INVALID',
      message,
    });
  refuse(Buffer.concat([event, event]), 1, /^13 bytes too many/);
  refuse(Buffer.concat([event, event]), 3, /^cut off/);
  refuse(event, 0, /^13 bytes too many/);
  refuse(event, 1_000_000_000, /^1000000000 events cannot be in 13 bytes/);
  refuse(event, -1, /^-1 events/);
  refuse(event, 1.5, /^1.5 events/);
  refuse(event, Number.NaN, /^NaN events/);
  refuse(event.subarray(0, -1), 1, /^cut off/);
  refuse(fromHex('c0 a16e 90'), 1, /^a topic is no string/);
  refuse(fromHex('a174 05 90'), 1, /^an event name is no string/);
  refuse(fromHex('a174 a16e 80'), 1, /^the arguments of an event are no array/);
  refuse(fromHex(`da0401 ${'61'.repeat(1_025)} a16e 90`), 1, /^a topic of 1025 bytes, where 1024 is the limit/);
  refuse(fromHex(`a174 da0101 ${'61'.repeat(257)} 90`), 1, /^an event name of 257 bytes, where 256 is the limit/);
  refuse(fromHex('a2c328 a16e 90'), 1, /^a string that is no UTF-8/);
  t.deepEqual(eventsOf(new Uint8Array(0), 0), []);
});

test('few bytes cannot unfold to very much', (t) => {
  const bomb = (size: number, fill: number) => {
    const body = Buffer.alloc(size + 5, fill);
    body[0] = 0xdd;
    body.writeUInt32BE(size, 1);
    return body;
  };
  const started = performance.now();
  t.is((decodeValue(bomb(maxElements, 0x80)) as unknown[]).length, maxElements);
  t.throws(() => decodeValue(bomb(maxElements + 1, 0x80)), {
    code: 'MUSTER_FRAME_INVALID',
    message: /1000000 elements/,
  });
  t.throws(() => decodeValue(bomb(16 << 20, 0x90)), { code: 'MUSTER_FRAME_INVALID', message: /1000000 elements/ });
  // Arrays in arrays, each of which claims all bytes that are left.
  const claims = Buffer.alloc(1 << 20, 0xc0);
  for (let at = 0, level = 0; level < 64; level++, at += 5) {
    claims[at] = 0xdd;
    claims.writeUInt32BE(claims.length - at - 5, at + 1);
  }
  t.throws(() => decodeValue(claims), { code: 'MUSTER_FRAME_INVALID', message: /1000000 elements/ });
  t.true(performance.now() - started < 5_000);
});

test('a string that is kept does not keep its frame', (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const body = Buffer.concat([encodeEvent('t', 'n', ['a string of 24 letters!!', new Uint8Array(8_000)]).bytes]);
  const kept: string[] = [];
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 20_000; i++) decodeEvents(body, 1, (_topic, _name, args) => kept.push(args[0] as string));
  gc();
  t.is(new Set(kept).size, 1);
  // With what they were cut from it would be 40 MB.
  t.true(process.memoryUsage().heapUsed - before < 8e6);
});
