import test from 'ava';
import { checkLayout } from '../../layout/check-layout.js';
import { layoutOf, linesOf, manager, messageOfError, worker } from './workbench.js';

/** What is reported about the nodes that `nodes` define, a line per problem. */
const faultsOf = test.macro({
  exec: async (t, nodes: unknown, expected: readonly string[]) => {
    const message = await messageOfError(t, 'MUSTER_LAYOUT_INVALID', () => layoutOf(nodes));
    t.deepEqual(linesOf(message), expected);
  },
  title: (title = '') => title,
});

const typeRule = '"control", "logger", "manager", "proxy", "worker" or "timeMachine"';
const portRule = 'a TCP port from 1 to 65535, such as 27762 or "27762/tcp", or 0 for none';
const nameRule = '1 to 64 letters, digits, ".", "_" or "-", and not ".", ".." or "__proto__"';

test('every field of a node is read', (t) => {
  const nodes = {
    manager,
    'time-machine': { nodeType: 'timeMachine', ip: '10.0.0.3' },
    'worker-1': {
      nodeType: 'worker',
      ip: 'fe80::1',
      zoneId: 'eth0',
      port: 27_762,
      manager: 'manager',
      metricsPort: 9_001,
      listenAddress: '::',
      timeMachine: 'time-machine',
      interface: 'eth1',
      lbFilter: 'ip and tcp',
    },
  };
  t.deepEqual<unknown, unknown>(layoutOf(nodes), nodes);
});

test('a port of 0 and an empty zone are as good as none', (t) => {
  const layout = layoutOf({
    a: { ...worker, port: 0, metricsPort: '0/tcp', zoneId: '' },
    b: { ...worker, port: '0/unknown' },
  });
  t.deepEqual(layout, { a: worker, b: worker });
});

test('a port is a number or a string such as 27762/tcp', (t) => {
  const layout = layoutOf({ a: { ...worker, port: 1, metricsPort: '2/tcp' }, b: { ...worker, port: '65535/tcp' } });
  t.deepEqual(layout, { a: { ...worker, port: 1, metricsPort: 2 }, b: { ...worker, port: 65_535 } });
});

test('nodes may be wrapped in an object with a key nodes', (t) => {
  t.deepEqual(layoutOf({ nodes: { a: worker } }), { a: worker });
});

test('a node may be called nodes', (t) => {
  t.deepEqual(layoutOf({ nodes: worker, a: worker }), { nodes: worker, a: worker });
  t.deepEqual(layoutOf({ nodes: { nodes: worker } }), { nodes: worker });
});

test('nodes keep the order in which they were written', (t) => {
  t.deepEqual(Object.keys(layoutOf({ z: worker, a: worker, m: worker })), ['z', 'a', 'm']);
});

test('a layout is frozen all the way down, what the user gave is not touched', (t) => {
  const given = { a: { ...worker, port: '5/tcp' } };
  const layout = layoutOf(given);
  t.true(Object.isFrozen(layout) && Object.isFrozen(layout.a));
  t.false(Object.isFrozen(given) || Object.isFrozen(given.a));
  t.deepEqual<unknown, unknown>(given, { a: { ...worker, port: '5/tcp' } });
});

test(
  'every problem of every node is reported at once',
  faultsOf,
  {
    a: { nodeType: 'wroker', ip: 'localhost', port: 70_000 },
    'b/c': worker,
    d: { nodeType: 'proxy' },
  },
  [
    `layout: a: nodeType: got "wroker", expected ${typeRule}; did you mean "worker"?`,
    'layout: a: ip: got "localhost", expected an IPv4 or IPv6 address (host names are not resolved)',
    `layout: a: port: got 70000, expected ${portRule}`,
    `layout: "b/c": not a name, expected ${nameRule}`,
    'layout: d: ip: missing, expected an IPv4 or IPv6 address',
  ],
);

test('problems are in the cause of the error, as data', (t) => {
  const error = t.throws(() => layoutOf({ a: { ...worker, port: -1 } }));
  t.like(Array.isArray(error.cause) ? error.cause[0] : undefined, {
    file: 'layout',
    node: 'a',
    field: 'port',
    value: -1,
  });
});

test('an empty layout is refused', faultsOf, {}, ['layout: defines no node, expected one at least']);
test('an empty layout under nodes is refused', faultsOf, { nodes: {} }, [
  'layout: defines no node, expected one at least',
]);
test('what is no object is refused', faultsOf, [], ['layout: got [], expected an object of nodes by name']);
test('nodes that are no object are refused', faultsOf, { nodes: 5 }, [
  'layout: got 5, expected an object of nodes by name',
]);
test('keys beside nodes are refused', faultsOf, { nodes: { a: worker }, managerIsLogger: false }, [
  'layout: managerIsLogger: unknown, expected nothing beside "nodes" and "keys"',
]);
test('a node that is no object is refused', faultsOf, { a: null }, [
  'layout: a: got null, expected an object with the fields of a node',
]);

for (const name of ['', '.', '..', '__proto__', 'a b', 'ä', 'a'.repeat(65)]) {
  test(`a node cannot be called ${JSON.stringify(name)}`, faultsOf, Object.fromEntries([[name, worker]]), [
    `layout: ${/^\w{1,64}$/.test(name) || name.includes('.') ? name : JSON.stringify(name)}: not a name, expected ${nameRule}`,
  ]);
}

test('names that objects have anyway are names like any other', (t) => {
  t.deepEqual(Object.keys(layoutOf({ constructor: worker, 'a.B_c-9': worker })), ['constructor', 'a.B_c-9']);
});

test('no node of a layout is of type none', faultsOf, { a: { ...worker, nodeType: 'none' } }, [
  `layout: a: nodeType: got "none", expected ${typeRule} (a node of a layout is part of a cluster)`,
]);

test(
  'the documented spelling of a node type is recognised as a mistake',
  faultsOf,
  {
    a: { ...worker, nodeType: 'Cluster::TIME_MACHINE' },
  },
  [`layout: a: nodeType: got "Cluster::TIME_MACHINE", expected ${typeRule}; did you mean "timeMachine"?`],
);

const ipRule = 'an IPv4 or IPv6 address';
for (const [ip, rule] of [
  ['', ipRule],
  [5, ipRule],
  ['1.2.3', ipRule],
  ['1.2.3.256', ipRule],
  ['1.2.3.04', ipRule],
  ['::g', ipRule],
  ['[::1]', `${ipRule} without brackets`],
  ['fe80::1%eth0', `${ipRule} without "%": a zone goes into zoneId`],
  ['node.example.org', `${ipRule} (host names are not resolved)`],
] as const) {
  test(`${JSON.stringify(ip)} is no ip`, faultsOf, { a: { ...worker, ip } }, [
    `layout: a: ip: got ${JSON.stringify(ip)}, expected ${rule}`,
  ]);
}

test('a listenAddress is an address', faultsOf, { a: { ...worker, listenAddress: '*' } }, [
  'layout: a: listenAddress: got "*", expected an IPv4 or IPv6 address (host names are not resolved)',
]);

for (const port of [-1, 65_536, 1.5, '27762', '65536/tcp', '1e3/tcp', ' 1/tcp', true, null]) {
  const shown = typeof port === 'string' ? JSON.stringify(port) : String(port);
  test(`${shown} is no port`, faultsOf, { a: { ...worker, port, metricsPort: port } }, [
    `layout: a: port: got ${shown}, expected ${portRule}`,
    `layout: a: metricsPort: got ${shown}, expected ${portRule}`,
  ]);
}

test('NaN is no port', faultsOf, { a: { ...worker, port: Number.NaN } }, [
  `layout: a: port: got NaN, expected ${portRule}`,
]);

test('a port of UDP is refused', faultsOf, { a: { ...worker, port: '27762/udp' } }, [
  `layout: a: port: got "27762/udp", expected ${portRule}: nodes talk over TCP only`,
]);

test(
  'a port may be used once on one ip, for whatever',
  faultsOf,
  {
    a: { ...worker, port: 1, metricsPort: 2 },
    b: { ...worker, ip: '127.0.0.2', port: 1, metricsPort: 2 },
    c: { ...worker, port: 1 },
    d: { ...worker, port: 2 },
    e: { ...worker, metricsPort: 1 },
    f: { ...worker, port: 3, metricsPort: 3 },
  },
  [
    'layout: c: port: got 1, expected a port that is free on 127.0.0.1: it is the port of a',
    'layout: d: port: got 2, expected a port that is free on 127.0.0.1: it is the metricsPort of a',
    'layout: e: metricsPort: got 1, expected a port that is free on 127.0.0.1: it is the port of a',
    'layout: f: metricsPort: got 3, expected a port that is free on 127.0.0.1: it is the port of f',
  ],
);

test(
  'one ip in two spellings is one ip',
  faultsOf,
  {
    a: { ...worker, ip: '2001:db8::1', port: 1 },
    b: { ...worker, ip: '2001:DB8:0:0:0:0:0:1', port: 1 },
    c: { ...worker, ip: '127.0.0.1', port: 1 },
    d: { ...worker, ip: '::ffff:127.0.0.1', port: 1 },
  },
  [
    'layout: b: port: got 1, expected a port that is free on 2001:DB8:0:0:0:0:0:1: it is the port of a',
    'layout: d: port: got 1, expected a port that is free on ::ffff:127.0.0.1: it is the port of c',
  ],
);

test('one link-local ip in two zones is two ips', (t) => {
  const node = { ...worker, ip: 'fe80::1', port: 1 };
  t.notThrows(() => layoutOf({ a: { ...node, zoneId: 'eth0' }, b: { ...node, zoneId: 'eth1' } }));
});

test('a link-local address needs its zone', faultsOf, { a: { ...worker, ip: 'FEBF::1' } }, [
  'layout: a: zoneId: missing, expected the zone of the link-local address FEBF::1, such as "eth0"',
]);

for (const ip of ['127.0.0.1', '169.254.0.1', '::1', '2001:db8::1', 'fec0::1', 'fd00::1']) {
  test(`${ip} takes no zone`, faultsOf, { a: { ...worker, ip, zoneId: 'eth0' } }, [
    `layout: a: zoneId: got "eth0", expected none: ${ip} is not a link-local IPv6 address`,
  ]);
}

test('a zone is a plain word', faultsOf, { a: { ...worker, ip: 'fe80::1', zoneId: '%eth0' } }, [
  'layout: a: zoneId: got "%eth0", expected the zone of a link-local address, such as "eth0"',
]);

test(
  'a manager is a node of type manager',
  faultsOf,
  {
    manager,
    a: { ...worker, manager: 'b' },
    b: { ...worker, manager: 'manger' },
    c: { ...worker, manager: 5 },
  },
  [
    'layout: c: manager: got 5, expected the name of a node',
    'layout: a: manager: got "b", which is of type "worker", expected "manager"',
    'layout: b: manager: got "manger", which is not in the layout, expected "manager"; did you mean "manager"?',
  ],
);

test('a manager without a manager in the layout is refused', faultsOf, { a: { ...worker, manager: 'm' } }, [
  'layout: a: manager: got "m", which is not in the layout, expected a node of type "manager", of which there is none',
]);

test(
  'a manager whose own type is at fault is no second fault',
  faultsOf,
  {
    m: { ...manager, nodeType: 'manger' },
    a: { ...worker, manager: 'm' },
  },
  [`layout: m: nodeType: got "manger", expected ${typeRule}; did you mean "manager"?`],
);

test('a time machine is a node of that type', faultsOf, { manager, a: { ...worker, timeMachine: 'manager' } }, [
  'layout: a: timeMachine: got "manager", which is of type "manager", expected a node of type "timeMachine", of which there is none',
]);

test(
  'unknown fields are refused, and what may have been meant is said',
  faultsOf,
  {
    a: { ...worker, node_type: 'worker', metrics_port: 1, p: '1/tcp', colour: 'red', id: 'x' },
  },
  [
    'layout: a: node_type: unknown, got "worker"; did you mean "nodeType"?',
    'layout: a: metrics_port: unknown, got 1; did you mean "metricsPort"?',
    'layout: a: p: got "1/tcp", expected nothing: the field is called "port"',
    'layout: a: colour: unknown, got "red", expected one of nodeType, ip, zoneId, port, manager, metricsPort, listenAddress, timeMachine, interface, lbFilter',
    'layout: a: id: got "x", expected nothing: a node gets its id when it starts',
  ],
);

test('a field that is undefined is as good as none', (t) => {
  t.deepEqual(layoutOf({ a: { ...worker, manager: undefined, colour: undefined } }), { a: worker });
});

test('deprecated fields and types give warnings, one per matter', (t) => {
  const old = { ...worker, interface: 'eth0', timeMachine: 't' };
  const content = { t: { nodeType: 'timeMachine', ip: '127.0.0.1' }, a: old, b: old };
  t.deepEqual(checkLayout({ file: 'layout', content }).warnings, [
    'layout: a, b: interface is deprecated and unused',
    'layout: a, b: timeMachine is deprecated',
    'layout: t: node type "timeMachine" is deprecated',
  ]);
  t.deepEqual(checkLayout({ file: 'layout', content: { a: worker } }).warnings, []);
});

test('an address that nobody can connect to gives a warning, as does the number of a zone', (t) => {
  const content = { a: { ...worker, ip: '0.0.0.0', port: 1 }, b: { ...worker, ip: 'fe80::1', zoneId: '2' } };
  t.deepEqual(checkLayout({ file: 'layout', content }).warnings, [
    'layout: a: others cannot connect to an ip that stands for all addresses; give it as listenAddress and a real one as ip',
    'layout: b: zoneId should be the name of an interface; ZeroMQ takes no number',
  ]);
});

test('values of any size and kind fit into a message', async (t) => {
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  for (const ip of [
    'x'.repeat(100_000),
    { a: { b: loop } },
    loop,
    () => {},
    1n,
    Symbol('s'),
    'line\nbreak',
    new Map(),
  ]) {
    const message = await messageOfError(t, 'MUSTER_LAYOUT_INVALID', () => layoutOf({ a: { ...worker, ip } }));
    t.true(message.length < 300 && !message.includes('\n'), message);
  }
});
