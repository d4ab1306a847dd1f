import test from 'ava';
import fc from 'fast-check';
import { MusterError } from '../../errors.js';
import {
  acceptsFrom,
  connectsTo,
  expectedConnections,
  expectedPeers,
  managerOf,
  peersOf,
  topologyProblems,
} from '../../layout/topology.js';
import type { Layout, Node, NodeDefinition, NodeType } from '../../layout/types.js';
import { layoutOf, zeekLayout } from './workbench.js';

/** A node that does not listen unless told otherwise. */
function node(nodeType: NodeType, more: Partial<NodeDefinition> = {}): NodeDefinition {
  return { nodeType, ip: '10.0.0.1', ...more };
}

/** Two of each, in an order that is not that of starting. */
function makeLayout(): Layout {
  return layoutOf({
    'worker-1': { nodeType: 'worker', ip: '10.0.0.1', manager: 'manager' },
    'proxy-1': { nodeType: 'proxy', ip: '10.0.0.2', port: 1, manager: 'manager' },
    manager: { nodeType: 'manager', ip: '10.0.0.3', port: 1 },
    'logger-1': { nodeType: 'logger', ip: '10.0.0.4', port: 1 },
    'worker-2': { nodeType: 'worker', ip: '10.0.0.5', port: 1 },
    'proxy-2': { nodeType: 'proxy', ip: '10.0.0.6', port: 1 },
    'logger-2': { nodeType: 'logger', ip: '10.0.0.7', port: 1 },
    'control-1': { nodeType: 'control', ip: '10.0.0.8' },
    'control-2': { nodeType: 'control', ip: '10.0.0.9', port: 1 },
  });
}

test('a manager connects to all loggers', (t) => {
  t.deepEqual(expectedConnections(makeLayout(), 'manager'), ['logger-1', 'logger-2']);
});

test('a proxy connects to all loggers and its manager', (t) => {
  t.deepEqual(expectedConnections(makeLayout(), 'proxy-1'), ['manager', 'logger-1', 'logger-2']);
});

test('a worker connects to all loggers, all proxies and its manager', (t) => {
  t.deepEqual(expectedConnections(makeLayout(), 'worker-1'), ['proxy-1', 'manager', 'logger-1', 'proxy-2', 'logger-2']);
});

test('loggers and time machines wait', (t) => {
  const layout = layoutOf({
    'logger-1': { nodeType: 'logger', ip: '10.0.0.1', port: 1 },
    'logger-2': { nodeType: 'logger', ip: '10.0.0.2', port: 1 },
    tm: { nodeType: 'timeMachine', ip: '10.0.0.3', port: 1, timeMachine: 'tm-2' },
    'tm-2': { nodeType: 'timeMachine', ip: '10.0.0.4', port: 1 },
  });
  for (const name of Object.keys(layout)) t.deepEqual(peersOf(layout, name), []);
});

test('a node connects to its time machine', (t) => {
  const layout = layoutOf({
    tm: { nodeType: 'timeMachine', ip: '10.0.0.1', port: 1 },
    logger: { nodeType: 'logger', ip: '10.0.0.2', port: 1, timeMachine: 'tm' },
  });
  t.deepEqual(connectsTo(layout, 'logger'), ['tm']);
  t.deepEqual(acceptsFrom(layout, 'tm'), ['logger']);
});

test('a worker or proxy that names no manager has the only one', (t) => {
  t.is(managerOf(makeLayout(), 'worker-2'), 'manager');
  t.is(managerOf(makeLayout(), 'proxy-2'), 'manager');
  t.is(managerOf(makeLayout(), 'logger-1'), undefined);
  const two = layoutOf({
    m1: node('manager', { ip: '10.0.0.1' }),
    m2: node('manager', { ip: '10.0.0.2' }),
    w: node('worker'),
  });
  t.is(managerOf(two, 'w'), undefined);
});

test('a worker connects to its own manager only', (t) => {
  const layout = layoutOf({
    m1: { nodeType: 'manager', ip: '10.0.0.1', port: 1 },
    m2: { nodeType: 'manager', ip: '10.0.0.2', port: 1 },
    w: { nodeType: 'worker', ip: '10.0.0.3', manager: 'm2' },
  });
  t.deepEqual(connectsTo(layout, 'w'), ['m2']);
  t.deepEqual(acceptsFrom(layout, 'm1'), []);
});

test('a control node connects to every node that has a port, one without a port to every control node that has one', (t) => {
  const layout = makeLayout();
  const listening = ['proxy-1', 'manager', 'logger-1', 'worker-2', 'proxy-2', 'logger-2'];
  t.deepEqual(connectsTo(layout, 'control-1'), listening);
  t.deepEqual(connectsTo(layout, 'control-2'), listening);
  t.deepEqual(acceptsFrom(layout, 'control-2'), ['worker-1']);
  t.true(connectsTo(layout, 'worker-1').includes('control-2'));
  t.deepEqual(peersOf(layout, 'control-1'), listening);
});

test('control nodes are nobody’s expected peers and expect none', (t) => {
  const layout = makeLayout();
  t.deepEqual(expectedPeers(layout, 'control-1'), []);
  t.deepEqual(expectedConnections(layout, 'control-1'), []);
  t.deepEqual(expectedPeers(layout, 'manager'), ['worker-1', 'proxy-1', 'logger-1', 'worker-2', 'proxy-2', 'logger-2']);
});

test('a node that is not in the layout is an error, whatever objects have anyway', (t) => {
  for (const name of ['worker-11', 'constructor', '__proto__', '']) {
    for (const ask of [connectsTo, acceptsFrom, peersOf, expectedPeers, managerOf]) {
      const error = t.throws(() => ask(makeLayout(), name), { instanceOf: MusterError, code: 'MUSTER_NODE_UNKNOWN' });
      t.true(error.message.includes(JSON.stringify(name)));
    }
  }
  t.throws(() => connectsTo(makeLayout(), 'worker-11'), { message: /did you mean "worker-1"\?/ });
});

test('a layout in which everybody finds whom they need has no topology problem', (t) => {
  t.deepEqual(topologyProblems(makeLayout()), []);
  t.deepEqual(topologyProblems(layoutOf({ only: node('manager') })), []);
  t.deepEqual(topologyProblems(layoutOf({ l: node('logger'), c: node('control', { ip: '10.1.0.1' }) })), []);
});

test('a node without a port to which others must connect is a topology problem', (t) => {
  const layout = zeekLayout(`
    redef Cluster::manager_is_logger = F;
    redef Cluster::nodes = {
      ["manager"] = [$node_type=Cluster::MANAGER, $ip=127.0.0.1],
      ["logger"] = [$node_type=Cluster::LOGGER, $ip=127.0.0.1, $p=25557/tcp],
      ["proxy-1"] = [$node_type=Cluster::PROXY, $ip=127.0.0.1],
      ["worker-1"] = [$node_type=Cluster::WORKER, $ip=127.0.0.1],
      ["worker-ts"] = [$node_type=Cluster::WORKER, $ip=127.0.0.1],
    };`);
  t.deepEqual(topologyProblems(layout), [
    {
      nodes: ['manager'],
      neededBy: ['proxy-1', 'worker-1', 'worker-ts'],
      message: 'manager has no port, but proxy-1, worker-1, worker-ts must connect to it: give it a port',
    },
    {
      nodes: ['proxy-1'],
      neededBy: ['worker-1', 'worker-ts'],
      message: 'proxy-1 has no port, but worker-1, worker-ts must connect to it: give it a port',
    },
  ]);
});

test('a worker without a manager is a topology problem', (t) => {
  const layout = layoutOf({
    w: node('worker'),
    p: node('proxy', { ip: '10.1.0.1', port: 1 }),
    l: node('logger', { ip: '10.1.0.2', port: 1 }),
  });
  t.deepEqual(topologyProblems(layout), [
    { nodes: ['w', 'p'], neededBy: [], message: 'w, p must have a manager, but the layout has none' },
  ]);
});

test('a worker that does not say which of several managers is its own is a topology problem', (t) => {
  const managers = {
    m1: node('manager', { ip: '10.0.1.1', port: 1 }),
    m2: node('manager', { ip: '10.0.1.2', port: 1 }),
  };
  const layout = layoutOf({ ...managers, w: node('worker'), v: node('worker', { manager: 'm1' }) });
  t.deepEqual(topologyProblems(layout), [
    { nodes: ['w'], neededBy: [], message: 'w must name a manager, because there are several: m1, m2' },
  ]);
});

test('a time machine without a port to which others must connect is a topology problem', (t) => {
  const layout = layoutOf({ tm: node('timeMachine'), m: node('manager', { timeMachine: 'tm' }) });
  t.deepEqual(topologyProblems(layout)[0]?.nodes, ['tm']);
});

test('in any layout, who connects and who accepts agree, and no two nodes connect to each other', (t) => {
  const anyType = fc.constantFrom<NodeType>('control', 'logger', 'manager', 'proxy', 'worker', 'timeMachine');
  const anyNodes = fc.array(
    fc.record({ nodeType: anyType, listens: fc.boolean(), manager: fc.nat(), timeMachine: fc.nat() }),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(anyNodes, (drafts) => {
      const layout = assemble(drafts);
      const names = Object.keys(layout);
      for (const one of names) {
        t.deepEqual(
          peersOf(layout, one),
          names.filter((other) => [...connectsTo(layout, one), ...acceptsFrom(layout, one)].includes(other)),
        );
        for (const other of connectsTo(layout, one)) {
          t.not(one, other);
          t.true(acceptsFrom(layout, other).includes(one));
          t.false(connectsTo(layout, other).includes(one));
        }
      }
      const broken = new Set(topologyProblems(layout).flatMap(({ nodes }) => nodes));
      for (const one of names) {
        const lacking = connectsTo(layout, one).filter((other) => layout[other]?.port === undefined);
        t.true(lacking.every((other) => broken.has(other)));
      }
    }),
  );
});

interface Draft {
  readonly nodeType: NodeType;
  readonly listens: boolean;
  readonly manager: number;
  readonly timeMachine: number;
}

/** A valid layout of these nodes; some name a manager or a time machine. */
function assemble(drafts: readonly Draft[]): Layout {
  const pick = (type: NodeType, index: number) => {
    const names = drafts.flatMap(({ nodeType }, i) => (nodeType === type ? [`n${i}`] : []));
    return index % 3 === 0 ? undefined : names[index % names.length];
  };
  const nodes = drafts.map(({ nodeType, listens, manager, timeMachine }, i): [string, Node] => {
    const [boss, recorder] = [pick('manager', manager), pick('timeMachine', timeMachine)];
    return [
      `n${i}`,
      {
        nodeType,
        ip: '10.0.0.1',
        ...(listens && { port: i + 1 }),
        ...(boss !== undefined && { manager: boss }),
        ...(recorder !== undefined && { timeMachine: recorder }),
      },
    ];
  });
  return Object.fromEntries(nodes);
}
