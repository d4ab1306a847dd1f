import test from 'ava';
import fc from 'fast-check';
import { MusterError } from '../../errors.js';
import { checkLayout } from '../../layout/check-layout.js';
import { loadLayout } from '../../layout/load-layout.js';
import { readZeekLayout } from '../../layout/zeek/read-zeek.js';
import { linesOf, makeDirectory, messageOfError, zeekLayout } from './workbench.js';

/** A layout of one node `a` with these fields. */
function oneNode(fields: string): string {
  return `redef Cluster::nodes = { ["a"] = [$node_type=Cluster::WORKER, $ip=127.0.0.1, ${fields}] };`;
}

test('every field of Cluster::Node is read', (t) => {
  const layout = zeekLayout(`
    ## The whole cluster.
    redef Cluster::manager_is_logger = F;
    redef Cluster::nodes = {
      ["manager"] = [$node_type=Cluster::MANAGER, $ip=[2001:db8::1], $p=27760/tcp], # the boss
      ["tm"] = [$node_type=Cluster::TIME_MACHINE, $ip=10.0.0.2],
      ["worker-1"] = Cluster::Node(
        $node_type = Cluster::WORKER, $ip = [fe80::1], $zone_id = "eth0", $p = 27762/tcp, $interface = "eth1",
        $manager = "manager", $time_machine = "tm", $metrics_port = 9001/tcp, $lb_filter = "ip and tcp",
      ),
    };`);
  t.deepEqual(layout, {
    manager: { nodeType: 'manager', ip: '2001:db8::1', port: 27_760 },
    tm: { nodeType: 'timeMachine', ip: '10.0.0.2' },
    'worker-1': {
      nodeType: 'worker',
      ip: 'fe80::1',
      zoneId: 'eth0',
      port: 27_762,
      interface: 'eth1',
      manager: 'manager',
      timeMachine: 'tm',
      metricsPort: 9_001,
      lbFilter: 'ip and tcp',
    },
  });
});

test('every node type but NONE is known', (t) => {
  const types = ['CONTROL', 'LOGGER', 'MANAGER', 'PROXY', 'WORKER', 'TIME_MACHINE'];
  const entries = types.map((type) => `["${type}"] = [$node_type=Cluster::${type}, $ip=127.0.0.1]`);
  const layout = zeekLayout(`redef Cluster::nodes = { ${entries.join()} };`);
  t.deepEqual(
    Object.values(layout).map(({ nodeType }) => nodeType),
    ['control', 'logger', 'manager', 'proxy', 'worker', 'timeMachine'],
  );
});

for (const [literal, ip] of [
  ['127.0.0.1', '127.0.0.1'],
  ['[::1]', '::1'],
  ['::1', '::1'],
  ['[2001:DB8::7:0]', '2001:DB8::7:0'],
  ['2001:db8:0:0:1:2:3:4', '2001:db8:0:0:1:2:3:4'],
  ['[::ffff:10.0.0.1]', '::ffff:10.0.0.1'],
] as const) {
  test(`${literal} is an address`, (t) => {
    const layout = zeekLayout(`redef Cluster::nodes = { ["a"] = [$ip=${literal}, $node_type=Cluster::WORKER] };`);
    t.is(layout.a?.ip, ip);
  });
}

test('a port of 0/unknown is none', (t) => {
  t.deepEqual(zeekLayout(oneNode('$p=0/unknown')).a, { nodeType: 'worker', ip: '127.0.0.1' });
});

test('strings have the escapes of Zeek, bytes make UTF-8', (t) => {
  const layout = zeekLayout(oneNode(String.raw`$lb_filter="a\"b\\c\n\t\x41\101\q\xc3\xa4ö\x4a#1"`));
  t.is(layout.a?.lbFilter, 'a"b\\c\n\tAAqäöJ#1');
});

test('a table may be written with table(…) and without nodes at first', (t) => {
  const layout = zeekLayout(`
    redef Cluster::nodes = {};
    redef Cluster::nodes += table(["a"] = [$node_type=Cluster::WORKER, $ip=127.0.0.1],);`);
  t.deepEqual(Object.keys(layout), ['a']);
});

test('+= adds nodes, = replaces them and gives a warning', (t) => {
  const node = '[$node_type=Cluster::WORKER, $ip=127.0.0.1]';
  const written = readZeekLayout(
    'test.zeek',
    `redef Cluster::nodes = { ["a"] = ${node} };
     redef Cluster::nodes = { ["b"] = ${node} };
     redef Cluster::nodes += { ["c"] = ${node} };`,
    {},
  );
  const { layout, warnings } = checkLayout(written);
  t.deepEqual(Object.keys(layout), ['b', 'c']);
  t.deepEqual(warnings, ['test.zeek: line 2 replaces the nodes defined before it ("a"); += would add to them']);
});

test('manager_is_logger is kept beside the layout', async (t) => {
  const directory = await makeDirectory(t, {
    'f.zeek': `redef Cluster::manager_is_logger = F; ${oneNode('')}`,
    't.zeek': `redef Cluster::manager_is_logger=T;${oneNode('')}`,
    'none.zeek': oneNode(''),
  });
  t.is((await loadLayout('f.zeek', {}, directory)).managerIsLogger, false);
  t.is((await loadLayout('t.zeek', {}, directory)).managerIsLogger, true);
  t.is((await loadLayout('none.zeek', {}, directory)).managerIsLogger, undefined);
});

test('ports, addresses and strings may come from the environment', (t) => {
  const text = `redef Cluster::nodes = {
    [getenv("NAME")] = [$node_type=Cluster::WORKER, $ip=to_addr(getenv("IP")), $p=to_port(getenv("PORT")),
                        $metrics_port=to_port("9001/tcp"), $lb_filter=getenv("EMPTY")] };`;
  const layout = zeekLayout(text, { NAME: 'w', IP: '::1', PORT: '27762/tcp', EMPTY: '' });
  t.deepEqual(layout, { w: { nodeType: 'worker', ip: '::1', port: 27_762, metricsPort: 9_001, lbFilter: '' } });
});

test('variables that are not set are named, all of them', async (t) => {
  const text = oneNode('$p=to_port(getenv("WORKER_PORT")), $zone_id=getenv("ZONE")');
  const message = await messageOfError(t, 'MUSTER_LAYOUT_INVALID', () => zeekLayout(text));
  t.deepEqual(linesOf(message), [
    'test.zeek:1:89: a: port: the environment variable WORKER_PORT is not set, expected a value in it',
    'test.zeek:1:122: a: zoneId: the environment variable ZONE is not set, expected a value in it',
  ]);
});

for (const value of ['27762', '70000/tcp', '27762/udp', '']) {
  test(`a variable that holds ${JSON.stringify(value)} holds no port, and is named`, async (t) => {
    const text = oneNode('$p=to_port(getenv("WORKER_PORT"))');
    const message = await messageOfError(t, 'MUSTER_LAYOUT_INVALID', () => zeekLayout(text, { WORKER_PORT: value }));
    const rule = 'a TCP port such as "27762/tcp", or "0/unknown" for none';
    const found = `the environment variable WORKER_PORT holds ${JSON.stringify(value)}`;
    t.is(message, `test.zeek:1:81: a: port: ${found}, expected ${rule}`);
  });
}

test('mistakes in values are reported at once, each with its place', async (t) => {
  const text = `redef Cluster::nodes = {
    ["a"] = [$node_type=Cluster::WRKER, $ip="127.0.0.1", $prot=1/tcp, $id="x",
             $manager=manager, $manager="m"],
    ["b"] = [$node_type="worker", $ip=10.0.0.256, $p=27762, $zone_id=to_port("1/tcp"), $lb_filter=cat("x")],
    ["b"] = [$node_type=Cluster::NONE, $ip=localhost],
    [b] = [$ip=::1],
    ["c"] = [$node_type=Cluster::NONE, $ip=[fe80::1%eth0], $p=1/udp, $metrics_port=70000/tcp],
  };`;
  const message = await messageOfError(t, 'MUSTER_LAYOUT_INVALID', () => zeekLayout(text));
  const types = ['CONTROL', 'LOGGER', 'MANAGER', 'PROXY', 'WORKER', 'TIME_MACHINE'].map((type) => `Cluster::${type}`);
  const typeRule = `expected one of ${types.join(', ')}`;
  const portRule = 'expected a TCP port from 1 to 65535, such as 27762 or "27762/tcp", or 0 for none';
  t.deepEqual(linesOf(message), [
    `test.zeek:2:25: a: nodeType: got Cluster::WRKER, ${typeRule}`,
    'test.zeek:2:45: a: ip: got "127.0.0.1", expected an address without quotes, such as 127.0.0.1 or [::1]',
    'test.zeek:2:58: a: $prot: unknown, expected one of node_type, ip, zone_id, p, interface, manager, time_machine, metrics_port, lb_filter',
    'test.zeek:2:71: a: $id: expected nothing: a node gets its id when it starts',
    'test.zeek:3:23: a: manager: got manager, expected a string in double quotes',
    'test.zeek:3:32: a: manager: given twice, first in line 3',
    `test.zeek:4:25: b: nodeType: got "worker", ${typeRule}`,
    'test.zeek:4:39: b: ip: got "10.0.0.256", expected an IPv4 or IPv6 address',
    'test.zeek:4:54: b: port: got 27762, expected a port such as 27762/tcp',
    'test.zeek:4:70: b: zoneId: got to_port(), which gives a port, expected a string in double quotes',
    'test.zeek:4:99: b: lbFilter: got cat(), which is none of getenv(), to_port(), to_addr(), expected a string in double quotes',
    'test.zeek:5:5: b: defined twice, first in line 4',
    'test.zeek:6:6: name of a node: got b, expected a string in double quotes',
    'test.zeek:7:25: c: nodeType: got "none", expected "control", "logger", "manager", "proxy", "worker" or "timeMachine" (a node of a layout is part of a cluster)',
    'test.zeek:7:44: c: ip: got "fe80::1%eth0", expected an IPv4 or IPv6 address without "%": a zone goes into zoneId',
    `test.zeek:7:63: c: port: got "1/udp", ${portRule}: nodes talk over TCP only`,
    `test.zeek:7:84: c: metricsPort: got "70000/tcp", ${portRule}`,
  ]);
});

const entry = 'an entry such as ["worker-1"] = [ … ]';
const field = 'a field such as $ip=127.0.0.1';
for (const [text, message] of [
  [
    '@load base/frameworks/cluster',
    '1:1: found @load, expected "redef": a layout defines nodes and has no directives such as @load',
  ],
  ['module Cluster;', '1:1: found module, expected "redef": a layout defines no module'],
  ['Cluster::nodes = {};', '1:1: found Cluster::nodes, expected "redef"'],
  [
    'redef Cluster::retry_interval = 1sec;',
    '1:7: found Cluster::retry_interval, expected Cluster::nodes or Cluster::manager_is_logger; other settings are options of joinCluster()',
  ],
  ['redef Cluster::manager_is_logger = 1;', '1:36: found 1, expected T or F'],
  ['redef Cluster::nodes -= {};', '1:22: found "-=", expected "=" or "+="'],
  ['redef Cluster::nodes = [];', '1:24: found "[", expected "{"'],
  ['redef Cluster::nodes = {}', '1:26: found the end of the file, expected ";"'],
  ['redef Cluster::nodes = {', `1:25: found the end of the file, expected ${entry} or "}"`],
  ['redef Cluster::nodes = { "a" = [] };', `1:26: found "a", expected ${entry}`],
  ['redef Cluster::nodes = { ["a", "b"] = [] };', '1:30: found ",", expected "]"'],
  ['redef Cluster::nodes = { ["a"] [] };', '1:32: found "[", expected "="'],
  [
    'redef Cluster::nodes = { ["a"] = {} };',
    '1:34: found "{", expected a record such as [$node_type=Cluster::WORKER, …]',
  ],
  ['redef Cluster::nodes = { ["a"] = [ip=::1] };', `1:35: found ip, expected ${field}`],
  ['redef Cluster::nodes = { ["a"] = [$5=::1] };', '1:36: found 5, expected the name of a field'],
  ['redef Cluster::nodes = { ["a"] = [$ip=] };', '1:39: found "]", expected a value for $ip'],
  ['redef Cluster::nodes = { ["a"] = [$ip=::1 $p=1/tcp] };', '1:43: found "$", expected "," or "]"'],
  ['redef Cluster::nodes = { ["a"] = [$ip=::1,, $p=1/tcp] };', `1:43: found ",", expected ${field}`],
  [
    'redef Cluster::nodes = { ["a"] = [$ip=x.example.org] };',
    '1:39: found x.example.org, expected a value for $ip: host names are not resolved here',
  ],
  ['redef Cluster::nodes = { ["a"] = [$p=to_port("1/tcp"];', '1:53: found "]", expected ")"'],
  ['redef Cluster::nodes = { ["a', '1:27: found a string that does not end in its line, expected a closing "'],
  [
    'redef Cluster::nodes = { ["a\n"] = [] };',
    '1:27: found a string that does not end in its line, expected a closing "',
  ],
  ['redef Cluster::nodes = { ["\\777"] = [] };', '1:28: found \\777, expected an octal escape up to \\377'],
  ['redef Cluster::nodes = { ["a\\', '1:29: found a backslash at the end of a line, expected an escape'],
  ['redef Cluster::nodes\n\n\t= ?;', '3:4: found "?", which begins nothing that a layout may hold'],
  ['😀', '1:1: found "😀", which begins nothing that a layout may hold'],
] as const) {
  test(`${JSON.stringify(text)} is refused with line and column`, async (t) => {
    t.is(await messageOfError(t, 'MUSTER_LAYOUT_UNREADABLE', () => zeekLayout(text)), `test.zeek:${message}`);
  });
}

test('a file without nodes is refused', async (t) => {
  for (const text of ['', '# nothing', 'redef Cluster::nodes = {};', 'redef Cluster::manager_is_logger = T;']) {
    const message = await messageOfError(t, 'MUSTER_LAYOUT_INVALID', () => zeekLayout(text));
    t.is(message, 'test.zeek: defines no node, expected one at least');
  }
});

test('hostile files end in an error, and soon', (t) => {
  const size = 1_000_000;
  for (const piece of [
    '[',
    '(',
    '{',
    '"',
    '\\',
    'a::',
    'a.',
    ':',
    '1.',
    '[:',
    '@',
    '#',
    '\n',
    '$',
    '0',
    '-',
    'redef ',
    'getenv(',
  ]) {
    for (const start of [
      '',
      'redef Cluster::nodes = {',
      'redef Cluster::nodes = { ["a"] = [$ip=',
      'redef Cluster::nodes = {["',
    ]) {
      const text = start + piece.repeat(size / piece.length);
      const began = performance.now();
      t.throws(() => zeekLayout(text), { instanceOf: MusterError });
      t.true(performance.now() - began < 5_000, `${start}${piece}…`);
    }
  }
});

test('a layout of thousands of nodes is read', (t) => {
  const entries = Array.from(
    { length: 5_000 },
    (_, i) => `["w${i}"]=[$node_type=Cluster::WORKER,$ip=10.0.0.1,$p=${i + 1}/tcp]`,
  );
  t.is(Object.keys(zeekLayout(`redef Cluster::nodes = { ${entries.join(',\n')} };`)).length, 5_000);
});

const anyName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,20}$/);
const anyText = fc.string({ unit: 'binary' }).filter((text) => Buffer.from(text).toString() === text);
const anyNode = fc.record(
  {
    nodeType: fc.constantFrom('control', 'logger', 'manager', 'proxy', 'worker', 'timeMachine'),
    ip: fc.oneof(fc.ipV4(), fc.ipV6()).filter((ip) => !/^fe[89ab]/i.test(ip)),
    port: fc.integer({ min: 1, max: 65_535 }),
    metricsPort: fc.integer({ min: 1, max: 65_535 }),
    interface: anyText,
    lbFilter: anyText,
  },
  { requiredKeys: ['nodeType', 'ip'] },
);
const zeekNames = {
  nodeType: 'node_type',
  ip: 'ip',
  port: 'p',
  metricsPort: 'metrics_port',
  interface: 'interface',
  lbFilter: 'lb_filter',
} as const;

test('what is printed as Zeek is read back', (t) => {
  const anyStyle = fc.record({
    space: fc.constantFrom('', ' ', '\n', '\t', '\r\n', ' # a "comment" }];\n', '\n## more\n'),
    call: fc.boolean(),
    comma: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.dictionary(anyName, anyNode, { minKeys: 1 }), anyStyle, (nodes, style) => {
      let expected: unknown;
      try {
        expected = checkLayout({ file: 'nodes', content: { nodes } }).layout;
      } catch {
        fc.pre(false); // such as a port used twice
      }
      t.deepEqual<unknown, unknown>(zeekLayout(print(nodes, style)), expected);
    }),
  );
});

interface Style {
  readonly space: string;
  readonly call: boolean;
  readonly comma: boolean;
}

function print(nodes: Readonly<Record<string, object>>, { space, call, comma }: Style): string {
  const list = (items: readonly string[]) => items.join(`${space},${space}`) + (comma ? `${space},` : '');
  const entries = Object.entries(nodes).map(([name, node]) => {
    const fields = Object.entries(node).map(([key, value]) => {
      return `$${zeekNames[key as keyof typeof zeekNames]}${space}=${space}${printValue(key, value)}`;
    });
    const [open, close] = call ? ['Cluster::Node(', ')'] : ['[', ']'];
    return `[${space}"${name}"${space}]${space}=${space}${open}${space}${list(fields)}${space}${close}`;
  });
  return `redef Cluster::nodes${space} +=${space}{${list(entries)}${space}}${space};${space}`;
}

function printValue(key: string, value: unknown): string {
  if (key === 'nodeType') return `Cluster::${String(value).replace('M', '_M').toUpperCase()}`.replace('::_', '::');
  if (key === 'ip') return String(value).includes(':') ? `[${value}]` : String(value);
  if (typeof value === 'number') return `${value}/tcp`;
  const bytes = [...Buffer.from(String(value))].map((byte) => {
    const plain = byte >= 32 && byte < 127 && byte !== 34 && byte !== 92;
    return plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${bytes.join('')}"`;
}

test('no text makes the reader throw anything but a MusterError', (t) => {
  const pieces = [
    ...[
      'redef',
      'Cluster::nodes',
      'Cluster::manager_is_logger',
      '=',
      '+=',
      '{',
      '}',
      '[',
      ']',
      '(',
      ')',
      ',',
      ';',
      '$',
    ],
    ...['"a"', '"b', '\\', '\n', '#', '@load', 'T', '27762/tcp', '127.0.0.1', '[::1]', 'fe80::1', 'Cluster::WORKER'],
    ...[
      'node_type',
      'ip',
      'getenv',
      'to_port',
      'Cluster::Node',
      'table',
      '__proto__',
      '"__proto__"',
      '\0',
      '\ud800',
      '99',
    ],
    ...['redef Cluster::nodes = { ["a"] = [$node_type=Cluster::WORKER, $ip=', '$p=', '] };'],
  ];
  const anySoup = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string())).map((parts) => parts.join(' '));
  fc.assert(
    fc.property(fc.oneof(anySoup, fc.string({ unit: 'binary' })), (text) => {
      try {
        zeekLayout(text);
      } catch (error) {
        if (!(error instanceof MusterError)) throw error;
      }
    }),
    { numRuns: 1_000 },
  );
  t.pass();
});
