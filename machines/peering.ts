/**
 * Peering: what this node knows of one other node, from the first attempt to the last goodbye.
 * Decides when a link is opened, who gets a hello, an accept or a reject, when the peer is up and when it is down.
 * Does nothing itself: it emits what is to be done, and `actors/peering.ts` does it.
 *
 *   connecting ──▶ hello ──▶ up { responsive ⇄ unresponsive, doubted { probing → judging } } ──▶ down ──▶ connecting
 *                    └─────────────▶ down                                  (any) ──local.leaving──▶ closed
 *
 * There are two charts, which share most of the state `up`. The initiator opens links and retries; the acceptor waits for a
 * hello, in `connecting` and in `down` alike, and has no retry timer.
 */
import { type ActorRefFrom, assign, emit, enqueueActions, not, setup } from 'xstate';

/** A hello that has come: on which link, and from which lifetime of the peer. */
export interface Greeting {
  readonly link: string;
  readonly id: string;
}

export interface PeeringInput {
  /** Name of the other node. */
  readonly name: string;
  /** Durations in ms; see `layout/options.ts`. */
  readonly retryInterval: number;
  readonly connectTimeout: number;
  readonly helloTimeout: number;
  readonly probeTimeout: number;
  readonly silentInterval: number;
}

export interface PeeringContext extends PeeringInput {
  /** Id of the peer's lifetime on the present link; empty before its hello. */
  readonly peerId: string;
  /** Who said hello and has no answer yet: the next one, or another process under the name of a peer that is up. */
  readonly caller: Greeting | undefined;
  /** Why the present link is doubted. */
  readonly doubt: string;
  /** A link that was up and is lost is tried again at once, but only once. */
  readonly retryAtOnce: boolean;
}

/** Facts. Those about a link are about the present one: the actor drops what comes late from another. */
export type PeeringEvent =
  | { type: 'link.up' }
  | { type: 'link.lost'; reason: string }
  | { type: 'link.hint'; reason: string }
  | { type: 'link.quiet'; duration: number }
  | { type: 'link.heard' }
  | { type: 'link.answered' }
  | { type: 'link.judged' }
  | ({ type: 'hello.received' } & Greeting)
  | { type: 'hello.refused'; reason: string }
  | { type: 'accept.received' }
  | { type: 'reject.received'; reason: string }
  | { type: 'bye.received' }
  | { type: 'protocol.violated'; reason: string }
  | { type: 'buffer.overflowed' }
  | { type: 'local.leaving' };

/** What is to be done, or told. */
export type PeeringEmitted =
  | { type: 'link.open' }
  | { type: 'link.adopt'; link: string }
  | { type: 'link.close' }
  | { type: 'link.probe'; reason: string }
  | { type: 'link.judge' }
  | { type: 'hello.send' }
  | { type: 'accept.send' }
  | { type: 'caller.reject'; link: string }
  | { type: 'bye.send' }
  | { type: 'peer.up'; id: string }
  /** `isFarewell`: one of the two has said bye. */
  | { type: 'peer.down'; id: string; reason: string; isFarewell: boolean }
  | { type: 'peer.unresponsive' }
  | { type: 'peer.responsive' }
  | { type: 'attempt.failed'; reason: string };

const peering = setup({
  types: {
    input: {} as PeeringInput,
    context: {} as PeeringContext,
    events: {} as PeeringEvent,
    emitted: {} as PeeringEmitted,
  },
  delays: {
    connectTimeout: ({ context }) => context.connectTimeout,
    helloTimeout: ({ context }) => context.helloTimeout,
    probeTimeout: ({ context }) => context.probeTimeout,
    retryInterval: ({ context }) => context.retryInterval,
  },
  guards: {
    isSameLifetime: ({ context, event }) => event.type === 'hello.received' && event.id === context.peerId,
    isSilent: ({ context, event }) => event.type === 'link.quiet' && event.duration >= context.silentInterval,
    isCalled: ({ context }) => context.caller !== undefined,
    mayRetryAtOnce: ({ context }) => context.retryAtOnce,
  },
  actions: {
    openLink: emit({ type: 'link.open' }),
    closeLink: emit({ type: 'link.close' }),
    probeLink: emit(({ context }) => ({ type: 'link.probe' as const, reason: context.doubt })),
    judgeLink: emit({ type: 'link.judge' }),
    sendHello: emit({ type: 'hello.send' }),
    sendAccept: emit({ type: 'accept.send' }),
    sendBye: emit({ type: 'bye.send' }),

    rememberPeer: assign({ peerId: (_, greeting: Greeting) => greeting.id }),
    rememberCaller: assign({ caller: (_, greeting: Greeting) => ({ link: greeting.link, id: greeting.id }) }),
    rememberDoubt: assign({ doubt: (_, params: { reason: string }) => params.reason }),
    allowRetryAtOnce: assign({ retryAtOnce: true }),
    forbidRetryAtOnce: assign({ retryAtOnce: false }),
    /** The caller becomes the peer: its link is the present one from now on. */
    admitCaller: enqueueActions(({ context, enqueue }) => {
      if (context.caller === undefined) return;
      enqueue.emit({ type: 'link.adopt', link: context.caller.link });
      enqueue.assign({ peerId: context.caller.id, caller: undefined });
    }),
    rejectCaller: enqueueActions(({ context, enqueue }) => {
      if (context.caller === undefined) return;
      enqueue.emit({ type: 'caller.reject', link: context.caller.link });
      enqueue.assign({ caller: undefined });
    }),

    tellUp: emit(({ context }) => ({ type: 'peer.up' as const, id: context.peerId })),
    tellDown: emit(({ context, event }) => ({
      type: 'peer.down' as const,
      id: context.peerId,
      reason: whyDown(event, context),
      isFarewell: event.type === 'bye.received' || event.type === 'local.leaving',
    })),
    tellUnresponsive: emit({ type: 'peer.unresponsive' }),
    tellResponsive: emit({ type: 'peer.responsive' }),
    tellFailed: emit((_, { reason }: { reason: string }) => ({ type: 'attempt.failed' as const, reason })),
  },
});

/** In words, why the event that ends the state `up` ends it. */
function whyDown(event: PeeringEvent, context: PeeringContext): string {
  switch (event.type) {
    case 'link.lost':
    case 'protocol.violated':
    case 'reject.received':
      return event.reason;
    case 'link.quiet':
      return `it has sent nothing for ${event.duration / 1_000} s`;
    case 'link.judged':
      return `${context.doubt}, and it did not answer a probe`;
    case 'hello.received':
      return 'it opened another link';
    case 'bye.received':
      return 'it said bye';
    case 'buffer.overflowed':
      return 'its buffer is full, and the overflow policy is to disconnect';
    default:
      return 'this node has said bye';
  }
}

/** Action and guard parameters that are what the event carries. */
const told = { params: <E extends PeeringEvent>({ event }: { event: E }) => event };

/** The peer is up, whoever began. Its exit is the only place where a peer goes down. */
const up = peering.createStateConfig({
  entry: ['forbidRetryAtOnce', 'tellUp'],
  exit: 'tellDown',
  initial: 'responsive',
  on: {
    'link.quiet': { guard: 'isSilent', target: 'down', actions: 'allowRetryAtOnce' },
    'protocol.violated': { target: 'down' },
    'reject.received': { target: 'down' },
    'bye.received': { target: 'down' },
    'buffer.overflowed': { target: 'down' },
    'local.leaving': { target: 'closed', actions: 'sendBye' },
  },
  states: {
    responsive: {
      on: {
        'link.quiet': { guard: not('isSilent'), target: 'unresponsive' },
        'link.hint': { target: 'doubted', actions: { type: 'rememberDoubt', ...told } },
      },
    },
    unresponsive: {
      entry: 'tellUnresponsive',
      on: {
        'link.heard': { target: 'responsive', actions: 'tellResponsive' },
        'link.hint': { target: 'doubted', actions: { type: 'rememberDoubt', ...told } },
      },
    },
    doubted: {
      initial: 'probing',
      on: { 'link.answered': { target: 'responsive', actions: 'tellResponsive' } },
      states: {
        probing: { entry: 'probeLink', after: { probeTimeout: 'judging' } },
        /** Time is over. What has arrived by now is read first: it may be us who were too busy to read the answer. */
        judging: {
          entry: 'judgeLink',
          on: { 'link.judged': { target: '#peering.down', actions: 'allowRetryAtOnce' } },
        },
      },
    },
  },
});

/** The initiator owns its link, and knows for certain when that is lost. */
const upOnOwnLink = peering.createStateConfig({
  ...up,
  on: { ...up.on, 'link.lost': { target: 'down', actions: 'allowRetryAtOnce' } },
});

/** The acceptor may be called again: by the peer on another link, or by another process under its name. */
const upAndCallable = peering.createStateConfig({
  ...up,
  on: {
    ...up.on,
    // It owns no connection: its peer's key has been taken back.
    'link.lost': { target: 'down' },
    'hello.received': [
      {
        guard: 'isSameLifetime',
        target: 'down',
        actions: ['rejectCaller', { type: 'rememberCaller', ...told }],
      },
      {
        target: '.doubted',
        actions: [
          'rejectCaller',
          { type: 'rememberCaller', ...told },
          { type: 'rememberDoubt', params: { reason: 'another process says hello under its name' } },
        ],
      },
    ],
  },
  states: {
    ...up.states,
    doubted: {
      ...up.states.doubted,
      on: {
        'link.answered': { target: 'responsive', actions: ['rejectCaller', 'tellResponsive'] },
        // The probe is under way already: another caller does not prolong it.
        'hello.received': {
          guard: not('isSameLifetime'),
          actions: ['rejectCaller', { type: 'rememberCaller', ...told }],
        },
      },
    },
  },
});

/** No more of this peering: the node is leaving, or its layout has the peering no more. */
const closed = peering.createStateConfig({ type: 'final', entry: 'closeLink' });

const context = ({ input }: { input: PeeringInput }): PeeringContext => ({
  ...input,
  peerId: '',
  caller: undefined,
  doubt: '',
  retryAtOnce: false,
});

/** The peering of the node that connects. */
export const initiatorMachine = peering.createMachine({
  id: 'peering',
  context,
  initial: 'connecting',
  states: {
    connecting: {
      entry: ['forbidRetryAtOnce', 'openLink'],
      after: {
        connectTimeout: {
          target: 'down',
          actions: { type: 'tellFailed', params: { reason: 'no connection within connectTimeout' } },
        },
      },
      on: {
        'link.up': 'hello',
        'link.lost': { target: 'down', actions: { type: 'tellFailed', ...told } },
        'local.leaving': 'closed',
      },
    },
    hello: {
      entry: 'sendHello',
      after: {
        helloTimeout: {
          target: 'down',
          actions: { type: 'tellFailed', params: { reason: 'no answer to our hello within helloTimeout' } },
        },
      },
      on: {
        'hello.received': { target: 'up', actions: [{ type: 'rememberPeer', ...told }, 'sendAccept'] },
        'hello.refused': { target: 'down', actions: { type: 'tellFailed', ...told } },
        'reject.received': { target: 'down', actions: { type: 'tellFailed', ...told } },
        'protocol.violated': { target: 'down', actions: { type: 'tellFailed', ...told } },
        'bye.received': { target: 'down', actions: { type: 'tellFailed', params: { reason: 'it said bye' } } },
        'link.lost': { target: 'down', actions: { type: 'tellFailed', ...told } },
        'local.leaving': 'closed',
      },
    },
    up: upOnOwnLink,
    down: {
      entry: 'closeLink',
      always: { guard: 'mayRetryAtOnce', target: 'connecting' },
      after: { retryInterval: 'connecting' },
      on: { 'local.leaving': 'closed' },
    },
    closed,
  },
});

/** The peering of the node that listens. */
export const acceptorMachine = peering.createMachine({
  id: 'peering',
  context,
  initial: 'connecting',
  states: {
    connecting: {
      on: {
        'hello.received': { target: 'hello', actions: { type: 'rememberCaller', ...told } },
        'local.leaving': 'closed',
      },
    },
    hello: {
      entry: ['admitCaller', 'sendHello'],
      after: {
        helloTimeout: {
          target: 'down',
          actions: { type: 'tellFailed', params: { reason: 'it did not accept our hello within helloTimeout' } },
        },
      },
      on: {
        'accept.received': 'up',
        // It has given up the link on which it called before: this one counts.
        'hello.received': { target: 'hello', reenter: true, actions: { type: 'rememberCaller', ...told } },
        'reject.received': { target: 'down', actions: { type: 'tellFailed', ...told } },
        'protocol.violated': { target: 'down', actions: { type: 'tellFailed', ...told } },
        'bye.received': { target: 'down', actions: { type: 'tellFailed', params: { reason: 'it said bye' } } },
        'link.hint': { target: 'down', actions: { type: 'tellFailed', ...told } },
        'link.lost': { target: 'down', actions: { type: 'tellFailed', ...told } },
        'local.leaving': 'closed',
      },
    },
    up: upAndCallable,
    down: {
      entry: 'closeLink',
      always: { guard: 'isCalled', target: 'hello' },
      on: {
        'hello.received': { target: 'hello', actions: { type: 'rememberCaller', ...told } },
        'local.leaving': 'closed',
      },
    },
    closed,
  },
});

export type PeeringActor = ActorRefFrom<typeof initiatorMachine> | ActorRefFrom<typeof acceptorMachine>;
