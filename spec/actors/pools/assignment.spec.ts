import test from 'ava';
import { assignNodes } from '../../../actors/pools/assignment.js';
import type { PoolNodeType, PoolSpec } from '../../../layout/pool-spec.js';
import type { Layout, NodeType } from '../../../layout/types.js';

/** A layout of nodes named after their types, in the order given. */
function layoutOf(...names: readonly string[]): Layout {
  return Object.fromEntries(
    names.map((name) => [name, { nodeType: name.replace(/-.*/, '') as NodeType, ip: '127.0.0.1' }]),
  );
}

/** `proxy`: all proxies; `proxy 2`: at most two; `proxy 2!`: two, exclusively. */
function specOf(topic: string, text: string): PoolSpec {
  const [, nodeType, maxNodes, mark] = /^(\w+)(?: (\d+)(!?))?$/.exec(text) as unknown as string[];
  return {
    topic,
    nodeType: nodeType as PoolNodeType,
    ...(maxNodes !== undefined && { maxNodes: Number(maxNodes) }),
    ...(mark === '!' && { exclusive: true }),
  };
}

function assigned(layout: Layout, pools: Readonly<Record<string, string>>, managerIsLogger = true) {
  const specs = Object.entries(pools).map(([topic, text]) => specOf(topic, text));
  const names = assignNodes(specs, layout, managerIsLogger);
  return Object.fromEntries(specs.map((spec) => [spec.topic, names.get(spec)?.join(' ')]));
}

const proxies = layoutOf('proxy-3', 'proxy-1', 'manager', 'proxy-4', 'proxy-2', 'proxy-10', 'worker-1');

const tables: Record<string, { pools: Record<string, string>; members: Record<string, string> }> = {
  'a pool without a limit has all nodes of its type, sorted by name': {
    pools: { a: 'proxy', b: 'worker' },
    members: { a: 'proxy-1 proxy-10 proxy-2 proxy-3 proxy-4', b: 'worker-1' },
  },
  'limited pools go on where the last one stopped, in the order of their topics': {
    pools: { c: 'proxy 2', a: 'proxy 2', b: 'proxy 2' },
    members: { a: 'proxy-1 proxy-10', b: 'proxy-2 proxy-3', c: 'proxy-4 proxy-1' },
  },
  'an unlimited pool between them begins there too': {
    pools: { a: 'proxy 3', b: 'proxy', c: 'proxy 1' },
    members: { a: 'proxy-1 proxy-10 proxy-2', b: 'proxy-3 proxy-4 proxy-1 proxy-10 proxy-2', c: 'proxy-3' },
  },
  'a limit above what there is takes what there is': {
    pools: { a: 'proxy 9' },
    members: { a: 'proxy-1 proxy-10 proxy-2 proxy-3 proxy-4' },
  },
  'exclusive pools take the first nodes, whatever their topics; the others share the rest': {
    pools: { a: 'proxy', b: 'proxy 2', y: 'proxy 1!', z: 'proxy 2!' },
    members: { y: 'proxy-1', z: 'proxy-10 proxy-2', a: 'proxy-3 proxy-4', b: 'proxy-3 proxy-4' },
  },
  'exclusive pools may leave nothing': {
    pools: { a: 'proxy 5!', b: 'proxy', c: 'proxy 2' },
    members: { a: 'proxy-1 proxy-10 proxy-2 proxy-3 proxy-4', b: '', c: '' },
  },
  'each type is counted apart': {
    pools: { a: 'proxy 1', b: 'worker 1!', c: 'proxy 1', d: 'worker' },
    members: { a: 'proxy-1', b: 'worker-1', c: 'proxy-10', d: '' },
  },
  'a limit of none is none': {
    pools: { a: 'proxy 0', b: 'proxy 0!', c: 'proxy 1' },
    members: { a: '', b: '', c: 'proxy-1' },
  },
};
for (const [title, { pools, members }] of Object.entries(tables)) {
  test(title, (t) => {
    t.deepEqual(assigned(proxies, pools), members);
    const reversed = Object.fromEntries(Object.entries(pools).reverse());
    t.deepEqual(assigned(proxies, reversed), members, 'in whatever order they were registered');
  });
}

// What Zeek prints for custom_pool_exclusivity.zeek and custom_pool_limits.zeek.
test("two pools of Zeek's own tests have the members that Zeek gives them", (t) => {
  const layout = layoutOf('manager-1', 'proxy-1', 'proxy-2', 'worker-1', 'worker-2');
  const topics = { mine: 'zeek/cluster/pool/my_pool', proxy: 'zeek/cluster/pool/proxy' };
  t.deepEqual(assigned(layout, { [topics.proxy]: 'proxy 1!', [topics.mine]: 'proxy' }), {
    [topics.proxy]: 'proxy-1',
    [topics.mine]: 'proxy-2',
  });
  t.deepEqual(assigned(layout, { [topics.proxy]: 'proxy 1', [topics.mine]: 'proxy' }), {
    [topics.proxy]: 'proxy-1',
    [topics.mine]: 'proxy-1 proxy-2',
  });
});

test('the example of docs/pools.md is right', (t) => {
  const six = layoutOf(...Array.from({ length: 6 }, (_, i) => `proxy-${i + 1}`));
  const proxy = 'zeek/cluster/pool/proxy';
  t.deepEqual(assigned(six, { [proxy]: 'proxy', 'app/b': 'proxy 2', 'app/x': 'proxy 1!', 'app/a': 'proxy 2' }), {
    'app/x': 'proxy-1',
    'app/a': 'proxy-2 proxy-3',
    'app/b': 'proxy-4 proxy-5',
    [proxy]: 'proxy-6 proxy-2 proxy-3 proxy-4 proxy-5',
  });
});

test('topics are compared as Zeek compares them, byte by byte', (t) => {
  // In UTF-16, U+1F600 comes before U+FF5E; in UTF-8 after it.
  t.deepEqual(assigned(proxies, { '\u{1f600}': 'proxy 1', '\uff5e': 'proxy 1' }), {
    '\u{1f600}': 'proxy-10',
    '\uff5e': 'proxy-1',
  });
});

test('the manager is in the logger pool only when it is the logger', (t) => {
  const without = layoutOf('worker-1', 'manager-2', 'manager-1');
  t.deepEqual(assigned(without, { a: 'logger' }), { a: 'manager-1' });
  t.deepEqual(assigned(without, { a: 'logger' }, false), { a: '' });
  const withLoggers = layoutOf('logger-2', 'manager-1', 'logger-1');
  t.deepEqual(assigned(withLoggers, { a: 'logger' }), { a: 'logger-1 logger-2' });
  t.deepEqual(assigned(withLoggers, { a: 'logger 1!', b: 'logger' }, false), { a: 'logger-1', b: 'logger-2' });
});

test('exclusive pools that need more nodes than there are are an error that counts them', (t) => {
  const pools = { 'app/x': 'proxy 3!', 'app/y': 'proxy 3!', 'app/z': 'proxy' };
  t.throws(() => assigned(proxies, pools), {
    code: 'MUSTER_POOL_TOO_FEW_NODES',
    message:
      'exclusive pools need 6 nodes of type proxy (app/x 3, app/y 3), and the layout has 5: add nodes, or lower maxNodes',
  });
});
