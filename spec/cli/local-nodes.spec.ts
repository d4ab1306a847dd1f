import test from 'ava';
import { type Interfaces, localNodes, nodesOf } from '../../cli/local-nodes.js';
import type { Layout, Node } from '../../layout/types.js';

const interfaces: Interfaces = {
  lo: [{ address: '127.0.0.1' }, { address: '::1' }],
  eth0: [{ address: '192.0.2.7' }, { address: '2001:db8::7' }, { address: 'fe80::7' }],
  eth1: [{ address: '192.0.2.8' }],
};

function isLocal(node: Omit<Node, 'nodeType'>, nodeType: Node['nodeType'] = 'worker'): boolean {
  const layout: Layout = { it: { nodeType, ...node } };
  return localNodes(layout, interfaces).length === 1;
}

test('a node is local if its address is one of this machine', (t) => {
  t.true(isLocal({ ip: '192.0.2.7' }));
  t.true(isLocal({ ip: '192.0.2.8' }));
  t.false(isLocal({ ip: '192.0.2.9' }));
});

test('all of 127.0.0.0/8 is this machine', (t) => {
  t.true(isLocal({ ip: '127.0.0.1' }));
  t.true(isLocal({ ip: '127.3.2.1' }));
  t.true(isLocal({ ip: '::1' }));
  t.false(isLocal({ ip: '12.7.0.1' }));
});

test('an IPv6 address is compared, not its spelling', (t) => {
  t.true(isLocal({ ip: '2001:DB8:0:0::7' }));
  t.false(isLocal({ ip: '2001:db8::8' }));
});

test('a link-local address is one of this machine only in its own zone', (t) => {
  t.true(isLocal({ ip: 'fe80::7', zoneId: 'eth0' }));
  t.false(isLocal({ ip: 'fe80::7', zoneId: 'eth1' }));
});

test('behind an address translation, the address that is bound counts', (t) => {
  t.true(isLocal({ ip: '203.0.113.1', listenAddress: '192.0.2.7' }));
  t.false(isLocal({ ip: '203.0.113.1', listenAddress: '0.0.0.0' }));
});

test('control nodes are not run by a supervisor', (t) => {
  t.false(isLocal({ ip: '127.0.0.1' }, 'control'));
});

test('the nodes of a host are those with its address, without control nodes', (t) => {
  const worker = (ip: string, listenAddress?: string): Node => {
    return { nodeType: 'worker', ip, ...(listenAddress !== undefined && { listenAddress }) };
  };
  const layout: Layout = {
    'worker-1': worker('192.0.2.7'),
    'worker-2': worker('2001:db8::9'),
    'worker-3': worker('203.0.113.1', '192.0.2.7'),
    'worker-4': worker('192.0.2.8'),
    'control-1': { nodeType: 'control', ip: '192.0.2.7' },
  };
  t.deepEqual(nodesOf(layout, '192.0.2.7'), ['worker-1', 'worker-3']);
  t.deepEqual(nodesOf(layout, '2001:DB8:0:0::9'), ['worker-2']);
  t.deepEqual(nodesOf(layout, '127.0.0.1'), []);
});
