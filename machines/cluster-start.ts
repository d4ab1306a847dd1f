/**
 * Cluster start: what a manager knows of its cluster's first completion.
 * Decides when `Cluster::Experimental::cluster_started` is broadcast: once every node has reported that it is fully
 * connected, and only if none of them has seen such a broadcast before (then the manager is the one that restarted).
 */
import { assign, emit, setup } from 'xstate';

export interface ClusterStartInput {
  /** Names of the nodes that are to report, the manager included. */
  readonly awaited: readonly string[];
}

export interface ClusterStartContext extends ClusterStartInput {
  readonly pending: readonly string[];
  /** Whether any node has seen `cluster_started` in its lifetime. */
  readonly seen: boolean;
}

export type ClusterStartEvent =
  | { type: 'node.reported'; name: string }
  | { type: 'start.seen' }
  | ({ type: 'layout.changed' } & ClusterStartInput);
export type ClusterStartEmitted = { type: 'cluster.started' };

export const clusterStartMachine = setup({
  types: {
    input: {} as ClusterStartInput,
    context: {} as ClusterStartContext,
    events: {} as ClusterStartEvent,
    emitted: {} as ClusterStartEmitted,
  },
  guards: {
    isComplete: ({ context }) => context.pending.length === 0 && !context.seen,
    wasComplete: ({ context }) => context.pending.length === 0 && context.seen,
  },
  actions: {
    strikeOff: assign({
      pending: ({ context }, { name }: { name: string }) => context.pending.filter((n) => n !== name),
    }),
    rememberSeen: assign({ seen: true }),
    /** Who has reported need not do so again; who is new has not. */
    rememberLayout: assign(({ context }, { awaited }: ClusterStartInput) => ({
      awaited,
      pending: awaited.filter((name) => context.pending.includes(name) || !context.awaited.includes(name)),
    })),
    tellStarted: emit({ type: 'cluster.started' }),
  },
}).createMachine({
  id: 'clusterStart',
  context: ({ input: { awaited } }) => ({ awaited, pending: awaited, seen: false }),
  initial: 'counting',
  states: {
    counting: {
      always: [
        { guard: 'isComplete', target: 'started', actions: 'tellStarted' },
        { guard: 'wasComplete', target: 'started' },
      ],
      on: {
        'node.reported': { actions: { type: 'strikeOff', params: ({ event }) => event } },
        'start.seen': { actions: 'rememberSeen' },
        'layout.changed': { actions: { type: 'rememberLayout', params: ({ event }) => event } },
      },
    },
    started: { type: 'final' },
  },
});
