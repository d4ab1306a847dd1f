import test from 'ava';
import { differenceOf, isEmpty, peeringChanges, peeringsOf, showDifference } from '../../layout/difference.js';
import type { Layout, Node } from '../../layout/types.js';

const ip = '127.0.0.1';
const layout: Layout = {
  manager: { nodeType: 'manager', ip, port: 1_000 },
  'logger-1': { nodeType: 'logger', ip, port: 1_001 },
  'proxy-1': { nodeType: 'proxy', ip, port: 1_002 },
  'worker-1': { nodeType: 'worker', ip },
  'worker-2': { nodeType: 'worker', ip },
};

/** The layout without some nodes, and with others. */
function changed(removed: readonly string[], others: Record<string, Node> = {}): Layout {
  return { ...Object.fromEntries(Object.entries(layout).filter(([name]) => !removed.includes(name))), ...others };
}

test('nodes come, go and change, and a line says each', (t) => {
  const proxy: Node = { nodeType: 'proxy', ip, port: 2_002, metricsPort: 9_000 };
  const difference = differenceOf(
    layout,
    changed(['worker-2'], { 'proxy-1': proxy, 'worker-3': { nodeType: 'worker', ip } }),
  );
  t.deepEqual(difference, {
    added: ['worker-3'],
    changed: [{ name: 'proxy-1', fields: ['port', 'metricsPort'], restarts: true }],
    removed: ['worker-2'],
  });
  t.deepEqual(showDifference(difference), ['+worker-3', '~proxy-1 port metricsPort', '-worker-2']);
  t.false(isEmpty(difference));
});

test('the same nodes in another order are no difference', (t) => {
  const turned = Object.fromEntries(Object.entries(layout).reverse());
  t.true(isEmpty(differenceOf(layout, turned)));
});

test('a name that every object has is a node like any other', (t) => {
  const odd = { ...layout, ...Object.fromEntries([['constructor', { nodeType: 'worker', ip } as const]]) };
  t.deepEqual(differenceOf(layout, odd).added, ['constructor']);
  t.deepEqual(differenceOf(odd, layout).removed, ['constructor']);
});

const whole: Node = {
  nodeType: 'worker',
  ip,
  zoneId: 'eth0',
  port: 1_003,
  manager: 'manager',
  metricsPort: 9_000,
  listenAddress: '0.0.0.0',
  timeMachine: 'time',
  interface: 'eth0',
  lbFilter: 'tcp',
};

for (const field of Object.keys(whole) as (keyof Node)[]) {
  const restarts = field !== 'interface' && field !== 'lbFilter';
  test(`another ${field} ${restarts ? 'restarts a node' : 'does not restart a node'}, nor does it matter whether it had one`, (t) => {
    const { [field]: _, ...without } = whole;
    const other = { ...whole, [field]: 'other' } as unknown as Node;
    for (const [from, to] of [
      [whole, other],
      [whole, without],
      [without, whole],
    ]) {
      const { changed: nodes } = differenceOf({ a: from as Node }, { a: to as Node });
      t.deepEqual(nodes, [{ name: 'a', fields: [field], restarts }]);
    }
  });
}

test('the peerings of a node: those that it makes, with their addresses, then those that others make', (t) => {
  t.deepEqual(
    [...peeringsOf(layout, 'proxy-1').values()],
    [
      { name: 'manager', nodeType: 'manager', address: { ip, port: 1_000 } },
      { name: 'logger-1', nodeType: 'logger', address: { ip, port: 1_001 } },
      { name: 'worker-1', nodeType: 'worker' },
      { name: 'worker-2', nodeType: 'worker' },
    ],
  );
  t.deepEqual([...peeringsOf(layout, 'nobody')], []);
});

test('a node is told only of peerings that its own change of layout concerns', (t) => {
  const next = changed(['worker-2'], { 'worker-3': { nodeType: 'worker', ip } });
  t.deepEqual(peeringChanges(layout, next, 'worker-1'), { ends: [], begins: [] });
  t.deepEqual(peeringChanges(layout, next, 'proxy-1'), { ends: ['worker-2'], begins: ['worker-3'] });
});

test('a peering ends and begins anew where its peer is elsewhere, or something else', (t) => {
  const moved = changed([], { 'proxy-1': { nodeType: 'proxy', ip, port: 2_002 } });
  t.deepEqual(peeringChanges(layout, moved, 'worker-1'), { ends: ['proxy-1'], begins: ['proxy-1'] });
  // Those who are called need not know the port of who calls.
  t.deepEqual(peeringChanges(layout, moved, 'manager'), { ends: [], begins: [] });
  const promoted = changed([], { 'worker-2': { nodeType: 'proxy', ip, port: 2_003 } });
  t.deepEqual(peeringChanges(layout, promoted, 'manager'), { ends: ['worker-2'], begins: ['worker-2'] });
  t.deepEqual(peeringChanges(layout, promoted, 'worker-1'), { ends: [], begins: ['worker-2'] });
});

test('workers and proxies that name no manager follow the only one there is', (t) => {
  const other = changed(['manager'], { boss: { nodeType: 'manager', ip, port: 3_000 } });
  t.deepEqual(peeringChanges(layout, other, 'worker-1'), { ends: ['manager'], begins: ['boss'] });
});
