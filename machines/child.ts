/**
 * Child: the life of one supervised node, over all the processes that carry it.
 * Decides when a process is forked, told to start, asked to leave and killed, and how long to wait before the next one.
 * Forks and kills nothing itself: it emits what is to be done, and `cli/supervisor.ts` does it.
 *
 *   loading ──start──▶ starting ──listening──▶ running { connecting, ready, degraded, leaving } ──▶ left
 *      ▲                  │                       │
 *      └─── restarting ◀──┴──────── died ─────────┘          (any) ──stop──▶ stopping ──▶ stopped, killing ──▶ killed
 *
 * A node that dies before it has listened once has failed: it would die again. Later deaths are followed by a restart.
 */
import { assign, emit, type SnapshotFrom, setup } from 'xstate';

export interface ChildInput {
  readonly name: string;
  /** Pause before the first restart, in ms; it doubles with each further death. */
  readonly firstBackOff: number;
  /** Longest pause before a restart, in ms. */
  readonly maxBackOff: number;
  /** A process that has listened for so long, in ms, makes earlier deaths forgotten. */
  readonly settledAfter: number;
  /** After so long without listening, in ms, a start is told to be slow. */
  readonly slowAfter: number;
  /** How long a process that was asked to leave may take, in ms. */
  readonly stopTimeout: number;
}

export interface ChildContext extends ChildInput {
  /** Whether it is this node's turn: its process need not wait any more. */
  readonly released: boolean;
  /** Whether any process of this node has listened. */
  readonly hasListened: boolean;
  /** Deaths in a row, without a settled life between them. */
  readonly deaths: number;
  /** Processes after the first. */
  readonly restarts: number;
}

export type ChildEvent =
  | { type: 'start' }
  | { type: 'stop' }
  | { type: 'kill' }
  | { type: 'process.listening' }
  | { type: 'process.connecting' }
  | { type: 'process.ready' }
  | { type: 'process.degraded' }
  | { type: 'process.leaving' }
  /** By its own hand with an exit code, or by a signal: then `code` is null. */
  | { type: 'process.exited'; code: number | null };

export type ChildEmitted =
  | { type: 'process.fork' }
  | { type: 'process.release' }
  | { type: 'process.ask' }
  | { type: 'process.kill' }
  | { type: 'start.slow'; after: number }
  | { type: 'restart.due'; delay: number };

/** Pause before the restart after so many deaths in a row, in ms. */
export function backOff(
  deaths: number,
  { firstBackOff, maxBackOff }: Pick<ChildInput, 'firstBackOff' | 'maxBackOff'>,
): number {
  return Math.min(firstBackOff * 2 ** Math.max(0, deaths - 1), maxBackOff);
}

const child = setup({
  types: {
    input: {} as ChildInput,
    context: {} as ChildContext,
    events: {} as ChildEvent,
    emitted: {} as ChildEmitted,
  },
  delays: {
    backOff: ({ context }) => backOff(context.deaths, context),
    settledAfter: ({ context }) => context.settledAfter,
    slowAfter: ({ context }) => context.slowAfter,
    stopTimeout: ({ context }) => context.stopTimeout,
  },
  guards: {
    isReleased: ({ context }) => context.released,
    hasLeft: (_, { code }: { code: number | null }) => code === 0,
    /** It ended by its own hand, and never came so far as to listen. */
    cannotStart: ({ context }, { code }: { code: number | null }) => code !== null && !context.hasListened,
  },
  actions: {
    fork: emit({ type: 'process.fork' }),
    release: emit({ type: 'process.release' }),
    ask: emit({ type: 'process.ask' }),
    kill: emit({ type: 'process.kill' }),
    tellSlow: emit(({ context }) => ({ type: 'start.slow' as const, after: context.slowAfter })),
    tellRestart: emit(({ context }) => ({ type: 'restart.due' as const, delay: backOff(context.deaths, context) })),
    rememberTurn: assign({ released: true }),
    rememberListening: assign({ hasListened: true }),
    countDeath: assign({ deaths: ({ context }) => context.deaths + 1 }),
    forgetDeaths: assign({ deaths: 0 }),
    countRestart: assign({ restarts: ({ context }) => context.restarts + 1 }),
  },
});

const told = { params: ({ event }: { event: { code: number | null } }) => ({ code: event.code }) };

/** What an exit means while a node is wanted: of a process that has listened, and of one that has not. */
const left = { guard: { type: 'hasLeft', ...told }, target: '#child.left' } as const;
const died = { target: '#child.restarting', actions: 'countDeath' } as const;
const exits = [left, { guard: { type: 'cannotStart', ...told }, target: '#child.failed' }, died] as const;

export const childMachine = child.createMachine({
  id: 'child',
  context: ({ input }) => ({ ...input, released: false, hasListened: false, deaths: 0, restarts: 0 }),
  initial: 'loading',
  states: {
    /** A process loads its modules and scripts, and waits for the nodes that start before it. */
    loading: {
      entry: 'fork',
      always: { guard: 'isReleased', target: 'starting' },
      on: {
        start: { actions: 'rememberTurn' },
        stop: 'stopping',
        kill: 'killing',
        'process.exited': [...exits],
      },
    },
    /** Its scripts run, then it begins to listen. */
    starting: {
      entry: 'release',
      after: { slowAfter: { actions: 'tellSlow' } },
      on: {
        stop: 'stopping',
        kill: 'killing',
        'process.listening': { target: 'running', actions: 'rememberListening' },
        'process.exited': [...exits],
      },
    },
    running: {
      initial: 'connecting',
      after: { settledAfter: { actions: 'forgetDeaths' } },
      on: {
        stop: 'stopping',
        kill: 'killing',
        'process.connecting': '.connecting',
        'process.ready': '.ready',
        'process.degraded': '.degraded',
        'process.leaving': '.leaving',
        'process.exited': [left, died],
      },
      states: { connecting: {}, ready: {}, degraded: {}, leaving: {} },
    },
    restarting: {
      entry: 'tellRestart',
      after: { backOff: { target: 'loading', actions: 'countRestart' } },
      on: { start: { actions: 'rememberTurn' }, stop: 'stopped', kill: 'stopped' },
    },
    /** It has been asked to leave: it flushes, says goodbye and ends. */
    stopping: {
      entry: 'ask',
      after: { stopTimeout: 'killing' },
      on: { kill: 'killing', 'process.exited': 'stopped' },
    },
    killing: { entry: 'kill', on: { 'process.exited': 'killed' } },

    /** It ended by itself, with exit code 0. */
    left: { type: 'final' },
    /** It could not start at all. */
    failed: { type: 'final' },
    /** It was asked to end, and did. */
    stopped: { type: 'final' },
    /** It had to be killed. */
    killed: { type: 'final' },
  },
});

/** Where a node is in its life; the states of `running` under their own names. */
export const childPhases = [
  'loading',
  'starting',
  'connecting',
  'ready',
  'degraded',
  'leaving',
  'restarting',
  'stopping',
  'killing',
  'left',
  'failed',
  'stopped',
  'killed',
] as const;
export type ChildPhase = (typeof childPhases)[number];

export function phaseOf({ value }: SnapshotFrom<typeof childMachine>): ChildPhase {
  return typeof value === 'string' ? (value as Exclude<typeof value, { running: string }>) : value.running;
}
