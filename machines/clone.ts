/**
 * Clone: the life of one replica of a store, as it finds its master, catches up with it, and loses it again.
 *
 *   connection   waiting ──master.up──▶ syncing { asking ⇄ refused, receiving } ──synced──▶ live      (any) ──master.down──▶ waiting
 *   content      empty ──synced──▶ current ──master.down──▶ ageing ──after staleInterval──▶ stale     ageing, stale ──synced──▶ current
 *
 * The intervals are those of Zeek's Broker for clones.
 */
import { emit, setup } from 'xstate';

export interface CloneInput {
  /** Pause between attempts to get an answer from the master, in ms. */
  readonly resyncInterval: number;
  /** How long it serves reads without its master, in ms; negative: for ever. */
  readonly staleInterval: number;
}

export type CloneEvent =
  | { type: 'master.up' }
  | { type: 'master.down' }
  /** The master's node says that it has the store now. */
  | { type: 'master.available' }
  /** The master has taken this clone on, and sends what it lacks. */
  | { type: 'attached' }
  | { type: 'refused' }
  /** The replica is equal to the master's as of now. */
  | { type: 'synced' }
  /** The replica is not what it should be. */
  | { type: 'differs' };

/** Attach to the master. */
export type CloneEmitted = { type: 'ask' };

export type CloneState = 'waiting' | 'syncing' | 'live' | 'stale';

const clone = setup({
  types: {
    input: {} as CloneInput,
    context: {} as CloneInput,
    events: {} as CloneEvent,
    emitted: {} as CloneEmitted,
  },
  delays: {
    resyncInterval: ({ context }) => context.resyncInterval,
    staleInterval: ({ context }) => context.staleInterval,
  },
  guards: {
    canBecomeStale: ({ context }) => context.staleInterval >= 0,
  },
  actions: { ask: emit({ type: 'ask' }) },
});

export const cloneMachine = clone.createMachine({
  id: 'clone',
  context: ({ input }) => input,
  type: 'parallel',
  states: {
    connection: {
      initial: 'waiting',
      on: { 'master.down': '.waiting' },
      states: {
        waiting: { on: { 'master.up': 'syncing' } },
        syncing: {
          initial: 'asking',
          on: { synced: 'live', differs: '.asking' },
          states: {
            asking: {
              entry: 'ask',
              on: {
                attached: 'receiving',
                refused: 'refused',
                'master.available': { target: 'asking', reenter: true },
              },
              after: { resyncInterval: { target: 'asking', reenter: true } },
            },
            refused: {
              on: { 'master.available': 'asking' },
              after: { resyncInterval: 'asking' },
            },
            /** No timer: a large store takes its time, and a peer that is gone is noticed by its peering. */
            receiving: { on: { 'master.available': 'asking' } },
          },
        },
        live: { on: { differs: 'syncing', 'master.available': 'syncing' } },
      },
    },
    content: {
      initial: 'empty',
      states: {
        empty: { on: { synced: 'current' } },
        current: { on: { 'master.down': 'ageing' } },
        ageing: {
          on: { synced: 'current' },
          after: { staleInterval: { guard: 'canBecomeStale', target: 'stale' } },
        },
        stale: { on: { synced: 'current' } },
      },
    },
  },
});

/** In one word. */
export function stateOf(value: { readonly connection: unknown; readonly content: string }): CloneState {
  if (value.content === 'stale') return 'stale';
  return typeof value.connection === 'string' ? (value.connection as CloneState) : 'syncing';
}
