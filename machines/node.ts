/**
 * Node: the life of one node, from its bootstrap script to its goodbye.
 * Decides when the node is fully connected, to whom it reports that, and when it is degraded. Another layout changes who counts;
 * a node that is ready stays so, since it has lost nobody.
 *
 *   starting ──▶ connecting ──all outgoing peerings accepted──▶ ready ⇄ degraded      (any) ──▶ leaving ──▶ left
 *
 * Follows Zeek's policy/frameworks/cluster/experimental.zeek for `node_fully_connected`.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';

export interface NodeInput {
  /** Names of the peers that this node connects to and waits for. */
  readonly outgoing: readonly string[];
  /** Names of the peers of either direction whose loss makes the node degraded. */
  readonly expected: readonly string[];
  /** Names of the managers that get this node's report. */
  readonly managers: readonly string[];
}

export interface NodeContext extends NodeInput {
  /** Names of the peers that are up. */
  readonly up: readonly string[];
  /** Whether this lifetime has reported to a manager before. */
  readonly reported: boolean;
}

export type NodeEvent =
  | { type: 'node.listening' }
  | { type: 'peer.up'; name: string }
  | { type: 'peer.down'; name: string }
  | ({ type: 'layout.changed' } & NodeInput)
  | { type: 'local.leaving' }
  | { type: 'node.drained' };

export type NodeEmitted =
  | { type: 'fully.connected' }
  | { type: 'report'; manager: string; resending: boolean }
  | { type: 'degraded'; missing: readonly string[] }
  | { type: 'recovered' };

const missing = ({ expected, up }: NodeContext): string[] => expected.filter((name) => !up.includes(name));

const node = setup({
  types: {
    input: {} as NodeInput,
    context: {} as NodeContext,
    events: {} as NodeEvent,
    emitted: {} as NodeEmitted,
  },
  guards: {
    isFullyConnected: ({ context }) => context.outgoing.every((name) => context.up.includes(name)),
    isExpected: ({ context }, { name }: { name: string }) => context.expected.includes(name),
    isWhole: ({ context }) => missing(context).length === 0,
  },
  actions: {
    addPeer: assign({ up: ({ context }, { name }: { name: string }) => [...context.up, name] }),
    removePeer: assign({ up: ({ context }, params: { name: string }) => context.up.filter((n) => n !== params.name) }),
    rememberLayout: assign((_, { outgoing, expected, managers }: NodeInput) => ({ outgoing, expected, managers })),
    tellFullyConnected: emit({ type: 'fully.connected' }),
    reportToManagers: enqueueActions(({ context, enqueue }) => {
      const managers = context.managers.filter((name) => context.up.includes(name));
      for (const manager of managers) enqueue.emit({ type: 'report', manager, resending: context.reported });
      if (managers.length > 0) enqueue.assign({ reported: true });
    }),
    reportToPeer: enqueueActions(({ context, enqueue }, { name }: { name: string }) => {
      if (!context.managers.includes(name)) return;
      enqueue.emit({ type: 'report', manager: name, resending: context.reported });
      enqueue.assign({ reported: true });
    }),
    tellDegraded: emit(({ context }) => ({ type: 'degraded' as const, missing: missing(context) })),
    tellRecovered: emit({ type: 'recovered' }),
  },
});

const told = { params: ({ event }: { event: { name: string } }) => ({ name: event.name }) };

export const nodeMachine = node.createMachine({
  id: 'node',
  context: ({ input }) => ({ ...input, up: [], reported: false }),
  initial: 'starting',
  on: {
    'local.leaving': '.leaving',
    'layout.changed': { actions: { type: 'rememberLayout', params: ({ event }) => event } },
  },
  states: {
    /** The bootstrap script runs, then the node begins to listen. */
    starting: { on: { 'node.listening': 'connecting' } },
    connecting: {
      always: { guard: 'isFullyConnected', target: 'ready', actions: ['tellFullyConnected', 'reportToManagers'] },
      on: {
        'peer.up': { actions: { type: 'addPeer', ...told } },
        'peer.down': { actions: { type: 'removePeer', ...told } },
      },
    },
    ready: {
      on: {
        'peer.up': {
          actions: [
            { type: 'addPeer', ...told },
            { type: 'reportToPeer', ...told },
          ],
        },
        'peer.down': [
          {
            guard: { type: 'isExpected', ...told },
            target: 'degraded',
            actions: [{ type: 'removePeer', ...told }, 'tellDegraded'],
          },
          { actions: { type: 'removePeer', ...told } },
        ],
      },
    },
    degraded: {
      always: { guard: 'isWhole', target: 'ready', actions: 'tellRecovered' },
      on: {
        'peer.up': {
          actions: [
            { type: 'addPeer', ...told },
            { type: 'reportToPeer', ...told },
          ],
        },
        'peer.down': { actions: { type: 'removePeer', ...told } },
      },
    },
    leaving: { on: { 'node.drained': 'left' } },
    left: { type: 'final' },
  },
});
