import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { defaults } from '../../layout/defaults.js';
import { optionFields } from '../../layout/option-fields.js';
import type { Options, OptionsInput } from '../../layout/options.js';
import { resolveOptions } from '../../layout/resolve-options.js';
import { linesOf, messageOfError } from './workbench.js';

/** What is said about options that TypeScript would mostly not let through. */
const faultsOf = test.macro({
  exec: async (t, given: unknown, expected: readonly string[]) => {
    const message = await messageOfError(t, 'MUSTER_OPTION_INVALID', () => resolveOptions(given as OptionsInput, {}));
    t.deepEqual(linesOf(message), expected);
  },
  title: (title = '') => title,
});

const longest = 2_147_483_647;

test('every option has its documented default', (t) => {
  const documented: Partial<Options> = {
    loggerTopic: 'zeek/cluster/logger',
    managerTopic: 'zeek/cluster/manager',
    proxyTopic: 'zeek/cluster/proxy',
    workerTopic: 'zeek/cluster/worker',
    timeMachineTopic: 'zeek/cluster/time_machine',
    nodeTopicPrefix: 'zeek/cluster/node/',
    nodeidTopicPrefix: 'zeek/cluster/nodeid/',
    clusterStartedTopic: 'zeek/cluster/experimental/started',
    broadcastTopics: [
      'zeek/cluster/manager',
      'zeek/cluster/logger',
      'zeek/cluster/proxy',
      'zeek/cluster/worker',
      'zeek/cluster/time_machine',
    ],
    enableRoundRobinLogging: true,
    managerIsLogger: true,
    retryInterval: 60_000,
    defaultMasterNode: '',
    defaultBackend: 'memory',
    defaultPersistentBackend: 'lmdb',
    defaultStoreDir: '',
    stores: {},
    cloneResyncInterval: 10_000,
    cloneStaleInterval: 300_000,
    cloneMutationBufferInterval: 120_000,
    proxyPoolSpec: { topic: 'zeek/cluster/pool/proxy', nodeType: 'proxy' },
    workerPoolSpec: { topic: 'zeek/cluster/pool/worker', nodeType: 'worker' },
    loggerPoolSpec: { topic: 'zeek/cluster/pool/logger', nodeType: 'logger' },
    stateDir: join(process.cwd(), '.muster'),
  };
  t.like(resolveOptions({}, {}), documented);
});

test('there is a default and a check for every option', (t) => {
  const names = Object.keys(resolveOptions({}, {})).sort();
  t.deepEqual([...Object.keys(defaults), 'broadcastTopics'].sort(), names);
  t.deepEqual([...Object.keys(optionFields), 'broadcastTopics'].sort(), names);
});

test('options are frozen, what the user gave is not touched', (t) => {
  const stores = { hosts: { backend: 'lmdb', options: { path: 'x' } } } as const;
  const options = resolveOptions({ stores }, {});
  for (const part of [
    options,
    options.broadcastTopics,
    options.stores,
    options.stores.hosts,
    options.stores.hosts?.options,
  ]) {
    t.true(Object.isFrozen(part));
  }
  for (const part of [stores, stores.hosts, stores.hosts.options]) t.false(Object.isFrozen(part));
  t.deepEqual<unknown, unknown>(options.stores, stores);
});

test('an option that is undefined has its default', (t) => {
  t.is(resolveOptions({ retryInterval: undefined, stateDir: undefined }, {}).retryInterval, 60_000);
});

test('functions are options like any other', (t) => {
  const logPolicy = () => false;
  const connectNode = () => true;
  t.like(resolveOptions({ logPolicy, connectNode }, {}), { logPolicy, connectNode });
});

test('a layout brings defaults of its own, which options override', (t) => {
  const fromLayout = { managerIsLogger: false, stateDir: '/var/lib/muster', layout: {}, warnings: [] };
  t.like(resolveOptions({}, {}, fromLayout), { managerIsLogger: false, stateDir: '/var/lib/muster' });
  t.like(resolveOptions({ managerIsLogger: true, stateDir: '/var/x' }, {}, fromLayout), {
    managerIsLogger: true,
    stateDir: '/var/x',
  });
});

test('a relative stateDir stays where it was when the working directory changes', (t) => {
  t.is(resolveOptions({ stateDir: 'state' }, {}).stateDir, join(process.cwd(), 'state'));
});

test('broadcastTopics are the topics in force', (t) => {
  const { broadcastTopics } = resolveOptions({ workerTopic: 'w', managerTopic: 'm' }, {});
  t.deepEqual(broadcastTopics, ['m', 'zeek/cluster/logger', 'zeek/cluster/proxy', 'w', 'zeek/cluster/time_machine']);
});

for (const [seconds, interval] of [
  ['5', 5_000],
  [' 1.5 ', 1_500],
  ['0.001', 1],
  ['2147483.647', longest],
] as const) {
  test(`ZEEK_DEFAULT_CONNECT_RETRY=${seconds} overrides retryInterval`, (t) => {
    t.is(resolveOptions({ retryInterval: 7 }, { ZEEK_DEFAULT_CONNECT_RETRY: seconds }).retryInterval, interval);
  });
}

test('ZEEK_DEFAULT_CONNECT_RETRY that is empty is as good as unset', (t) => {
  t.is(resolveOptions({ retryInterval: 7 }, { ZEEK_DEFAULT_CONNECT_RETRY: '' }).retryInterval, 7);
});

for (const seconds of ['0', '-1', 'abc', '5s', '1e3', 'Infinity', '0x10', '0.0001', '2147484']) {
  test(`ZEEK_DEFAULT_CONNECT_RETRY=${seconds} is refused by its name`, async (t) => {
    const resolve = () => resolveOptions({}, { ZEEK_DEFAULT_CONNECT_RETRY: seconds });
    t.is(
      await messageOfError(t, 'MUSTER_OPTION_INVALID', resolve),
      `environment variable ZEEK_DEFAULT_CONNECT_RETRY: got "${seconds}", expected a number of seconds from 0.001 to 2147483.647`,
    );
  });
}

test(
  'every bad option is reported at once',
  faultsOf,
  { retryInterval: 0, logFormat: 'xml', logPolicy: 'no', stateDir: '', metricsAddress: 'localhost' },
  [
    'option logPolicy: got "no", expected a function',
    `option retryInterval: got 0, expected a whole number of ms from 1 to ${longest}`,
    'option stateDir: got "", expected the path of a directory',
    'option logFormat: got "xml", expected "json" or "tsv"',
    'option metricsAddress: got "localhost", expected an IPv4 or IPv6 address, or an empty string',
  ],
);

test(
  'unknown options are refused, and what may have been meant is said',
  faultsOf,
  { retry_interval: 1, Stores: {}, colour: 1 },
  [
    'option retry_interval: unknown, got 1; did you mean "retryInterval"?',
    'option Stores: unknown, got {}; did you mean "stores"?',
    'option colour: unknown, got 1',
  ],
);

test('broadcastTopics cannot be given', faultsOf, { broadcastTopics: [] }, [
  'option broadcastTopics: got [], expected nothing: it is read-only and follows from the topics of the node types',
]);

test('null is no way to leave out an option', faultsOf, { probeTimeout: null }, [
  `option probeTimeout: got null, expected a whole number of ms from 1 to ${longest}`,
]);

test('options are an object', faultsOf, 5, ['options: got 5, expected an object']);

for (const interval of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', longest + 1]) {
  const shown = typeof interval === 'string' ? JSON.stringify(interval) : String(interval);
  test(`${shown} is no duration`, faultsOf, { helloTimeout: interval, resumeInterval: interval }, [
    `option helloTimeout: got ${shown}, expected a whole number of ms from 1 to ${longest}`,
    `option resumeInterval: got ${shown}, expected a whole number of ms from 0 to ${longest}`,
  ]);
}

test('some durations may be 0', (t) => {
  t.notThrows(() => resolveOptions({ resumeInterval: 0, leaveTimeout: 0, cloneMutationBufferInterval: 0 }, {}));
});

test('heartbeats have 16 bits', faultsOf, { heartbeatInterval: 0, heartbeatTimeout: 65_536 }, [
  'option heartbeatInterval: got 0, expected a whole number of ms from 1 to 65535',
  'option heartbeatTimeout: got 65536, expected a whole number of ms from 1 to 65535',
]);

test('a topic is not empty, or everything would match it', faultsOf, { workerTopic: '', nodeTopicPrefix: 5 }, [
  'option workerTopic: got "", expected a topic: a string that is not empty',
  'option nodeTopicPrefix: got 5, expected a topic: a string that is not empty',
]);

test('the credit window has room for the frames of an event', faultsOf, { creditWindow: 131_071 }, [
  'option creditWindow: got 131071, expected a whole number of bytes, at least 131072',
]);

test('a peer is unresponsive before it is silent', async (t) => {
  await t.notThrowsAsync(async () => resolveOptions({ silentInterval: 4_001 }, {}));
  for (const [given, expected] of [
    [
      { silentInterval: 4_000 },
      'option silentInterval: got 4000, expected more than unresponsiveInterval, which is 4000',
    ],
    [
      { unresponsiveInterval: 50_000 },
      'option unresponsiveInterval: got 50000, expected less than silentInterval, which is 30000',
    ],
    [
      { unresponsiveInterval: 6, silentInterval: 5 },
      'option unresponsiveInterval: got 6, expected less than silentInterval, which is 5',
    ],
  ] as const) {
    t.is(await messageOfError(t, 'MUSTER_OPTION_INVALID', () => resolveOptions(given, {})), expected);
  }
});

test('the largest event fits into the buffer', faultsOf, { maxEventSize: 1_000, maxBufferedBytes: 1_000 }, [
  'option maxEventSize: got 1000, expected less than maxBufferedBytes, which is 1000',
]);

test(
  'presets of stores are checked like options',
  faultsOf,
  {
    stores: {
      'a/b': {},
      hosts: { backend: 'sqlite', cloneStaleInterval: 0.5, options: { sync: true } },
      users: { master_node: 'm' },
    },
  },
  [
    'option stores.a/b: got "a/b", expected a name of 1 to 64 letters, digits, ".", "_" or "-", and not ".", ".." or "__proto__"',
    'option stores.hosts.backend: got "sqlite", expected "memory" or "lmdb"',
    'option stores.hosts.options: got { sync: true }, expected an object with nothing but path, durability, mapSize, failureMode, integrityCheck, reserve',
    `option stores.hosts.cloneStaleInterval: got 0.5, expected a whole number of ms from -${longest} to ${longest}`,
    "option stores.users: got { master_node: 'm' }, expected an object with nothing but masterNode, backend, options, maxEntries, maxBytes, cloneResyncInterval, cloneStaleInterval, cloneMutationBufferInterval",
  ],
);

test('stores are an object', faultsOf, { stores: [] }, [
  'option stores: got [], expected an object of options by the name of a store',
]);

test(
  'specs of pools are checked like options',
  faultsOf,
  {
    proxyPoolSpec: { topic: 'p', nodeType: 'manager', maxNodes: -1 },
    workerPoolSpec: { topic: 'w', nodeType: 'worker', exclusive: true },
    loggerPoolSpec: { node_type: 'logger', topic: 'l', nodeType: 'logger' },
  },
  [
    'option proxyPoolSpec.nodeType: got "manager", expected a node type of pools: "logger", "proxy" or "worker"',
    'option proxyPoolSpec.maxNodes: got -1, expected a whole number of nodes, at least 0',
    'option workerPoolSpec.maxNodes: missing, expected a whole number of nodes, since the pool is exclusive',
    "option loggerPoolSpec: got { node_type: 'logger', topic: 'l', nodeType: 'logger' }, expected an object with nothing but topic, nodeType, maxNodes, exclusive",
  ],
);

test(
  'two pools cannot have one topic',
  faultsOf,
  { workerPoolSpec: { topic: 'zeek/cluster/pool/proxy', nodeType: 'worker' } },
  ['option workerPoolSpec.topic: got "zeek/cluster/pool/proxy", expected another topic than that of the other pools'],
);

test('the spec of a pool is copied and frozen', (t) => {
  const proxyPoolSpec = { topic: 'app/proxies', nodeType: 'proxy', maxNodes: 2, exclusive: true } as const;
  const options = resolveOptions({ proxyPoolSpec }, {});
  t.deepEqual(options.proxyPoolSpec, proxyPoolSpec);
  t.true(Object.isFrozen(options.proxyPoolSpec));
  t.false(Object.isFrozen(proxyPoolSpec));
});

test('no value makes checking options throw anything but a MusterError', (t) => {
  const anyOptions = fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(optionFields)), fc.string()), fc.anything());
  fc.assert(
    fc.property(anyOptions, (given) => {
      try {
        resolveOptions(given, {});
      } catch (error) {
        return (error as { code?: unknown }).code === 'MUSTER_OPTION_INVALID';
      }
      return true;
    }),
  );
  t.pass();
});
