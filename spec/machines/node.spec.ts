import test from 'ava';
import { createActor } from 'xstate';
import { clusterStartMachine } from '../../machines/cluster-start.js';
import { type NodeEmitted, type NodeEvent, nodeMachine } from '../../machines/node.js';
import { transitionTable } from '../helpers/transitions.js';

const input = { outgoing: ['logger', 'manager'], expected: ['logger', 'manager', 'worker-1'], managers: ['manager'] };

const events: NodeEvent[] = [
  { type: 'node.listening' },
  { type: 'peer.up', name: 'logger' },
  { type: 'peer.up', name: 'manager' },
  { type: 'peer.up', name: 'worker-1' },
  { type: 'peer.down', name: 'manager' },
  { type: 'local.leaving' },
  { type: 'node.drained' },
];

/** Names as a set: in which order peers came up changes nothing. */
const key = ({ value, context }: { value: unknown; context: { up: string[]; reported: boolean } }) =>
  JSON.stringify({ state: value, up: [...new Set(context.up)].sort(), reported: context.reported });

test('the transition table of the node is as reviewed', (t) => {
  t.snapshot(transitionTable(nodeMachine, input, events, key as never));
});

test('the transition table of the cluster start is as reviewed', (t) => {
  const names = ['manager', 'logger'];
  t.snapshot(
    transitionTable(clusterStartMachine, { awaited: names }, [
      ...names.map((name) => ({ type: 'node.reported', name })),
      { type: 'start.seen' },
    ]),
  );
});

test('of another layout, the cluster start awaits who is new, and no more who is gone or has reported', (t) => {
  const actor = createActor(clusterStartMachine, { input: { awaited: ['manager', 'worker-1', 'worker-2'] } });
  let started = 0;
  actor.on('cluster.started', () => {
    started += 1;
  });
  actor.start();
  for (const name of ['manager', 'worker-1']) actor.send({ type: 'node.reported', name });
  actor.send({ type: 'layout.changed', awaited: ['manager', 'worker-1', 'worker-2', 'worker-3'] });
  t.deepEqual(actor.getSnapshot().context.pending, ['worker-2', 'worker-3']);
  actor.send({ type: 'node.reported', name: 'worker-3' });
  t.is(started, 0);
  actor.send({ type: 'layout.changed', awaited: ['manager', 'worker-1', 'worker-3'] });
  t.is(started, 1);
});

function startNode(overrides: Partial<typeof input> = {}) {
  const actor = createActor(nodeMachine, { input: { ...input, ...overrides } });
  const told: NodeEmitted[] = [];
  actor.on('*', (emitted) => told.push(emitted));
  actor.start();
  const send = (...list: NodeEvent[]) => {
    for (const event of list) actor.send(event);
    return told.splice(0);
  };
  return { actor, send };
}

test('a node is fully connected once, when its last outgoing peering is up, and reports to its manager', (t) => {
  const { send } = startNode();
  t.deepEqual(send({ type: 'node.listening' }, { type: 'peer.up', name: 'manager' }), []);
  t.deepEqual(send({ type: 'peer.up', name: 'logger' }), [
    { type: 'fully.connected' },
    { type: 'report', manager: 'manager', resending: false },
  ]);
});

test('a node without outgoing peerings is fully connected as soon as it listens', (t) => {
  const { send } = startNode({ outgoing: [] });
  t.deepEqual(send({ type: 'node.listening' }), [{ type: 'fully.connected' }]);
  t.deepEqual(send({ type: 'peer.up', name: 'manager' }), [{ type: 'report', manager: 'manager', resending: false }]);
});

test('a manager that comes back gets the report again, as resent', (t) => {
  const { send } = startNode();
  send({ type: 'node.listening' }, { type: 'peer.up', name: 'manager' }, { type: 'peer.up', name: 'logger' });
  t.deepEqual(send({ type: 'peer.down', name: 'manager' }, { type: 'peer.up', name: 'manager' }), [
    { type: 'degraded', missing: ['manager', 'worker-1'] },
    { type: 'report', manager: 'manager', resending: true },
  ]);
});

test('a loss degrades a node that was ready, until everybody expected is there', (t) => {
  const { send, actor } = startNode();
  send(...events.slice(0, 4));
  t.deepEqual(send({ type: 'peer.down', name: 'worker-1' }), [{ type: 'degraded', missing: ['worker-1'] }]);
  t.deepEqual(send({ type: 'peer.down', name: 'logger' }), []);
  t.deepEqual(send({ type: 'peer.up', name: 'worker-1' }), []);
  t.is(actor.getSnapshot().value, 'degraded');
  t.deepEqual(send({ type: 'peer.up', name: 'logger' }), [{ type: 'recovered' }]);
});

test('a loss before the node was ready, or of a control node, does not degrade it', (t) => {
  const { send, actor } = startNode();
  send({ type: 'node.listening' }, { type: 'peer.up', name: 'manager' }, { type: 'peer.down', name: 'manager' });
  t.is(actor.getSnapshot().value, 'connecting');
  send({ type: 'peer.up', name: 'manager' }, { type: 'peer.up', name: 'logger' });
  send({ type: 'peer.up', name: 'control' }, { type: 'peer.down', name: 'control' });
  t.is(actor.getSnapshot().value, 'ready');
});

test('another layout changes who is awaited; a ready node stays ready, and tells nothing twice', (t) => {
  const { send, actor } = startNode();
  send({ type: 'node.listening' }, { type: 'peer.up', name: 'manager' });
  const alone = { outgoing: ['manager'], expected: ['manager'], managers: ['manager'] };
  t.deepEqual(send({ type: 'layout.changed', ...alone }), [
    { type: 'fully.connected' },
    { type: 'report', manager: 'manager', resending: false },
  ]);
  t.deepEqual(send({ type: 'layout.changed', ...input }), []);
  t.is(actor.getSnapshot().value, 'ready');
  t.deepEqual(send({ type: 'peer.down', name: 'manager' }), [
    { type: 'degraded', missing: ['logger', 'manager', 'worker-1'] },
  ]);
  t.deepEqual(send({ type: 'layout.changed', outgoing: [], expected: [], managers: [] }), [{ type: 'recovered' }]);
});
