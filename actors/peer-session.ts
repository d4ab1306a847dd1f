/**
 * Peer session: what lasts between this node and one lifetime of a peer while links come and go.
 * Keeps the channel, keeps events for a peer that is down for `resumeInterval`, and counts what is lost.
 */
import type { TimerHandle } from '../runtime.js';
import { Channel } from '../transport/channel/channel.js';
import type { Deliver } from '../transport/channel/inbox.js';
import type { Bye, Hello, LossReason, Session } from '../transport/frames/frames.js';
import type { Refusal } from './admission.js';
import { delayBounds, Histogram } from './histogram.js';
import type { NodeCore } from './node-core.js';

/** Lifetimes of a peer whose numbers are remembered. */
const maxLifetimes = 16;

export interface PeerSessionHandlers {
  readonly deliver: Deliver;
  /** Events will never arrive, in one direction or the other. */
  lost(count: number, reason: LossReason): void;
  /** Events are kept for the peer from now on, or no longer. */
  changed(): void;
}

export class PeerSession {
  /** From an event's frame to its acknowledgement, in seconds. */
  readonly acknowledgementDelays = new Histogram(delayBounds);
  readonly #core: NodeCore;
  readonly #handlers: PeerSessionHandlers;
  #id = '';
  #channel: Channel | undefined;
  /** By lifetime of the peer, the present one last. An earlier one may come back: one whose name a twin had meanwhile. */
  readonly #channels = new Map<string, Channel>();
  #isOpen = false;
  #resumeTimer: TimerHandle | undefined;
  #pastOut = 0;
  #pastIn = 0;
  #givenUp = 0;
  readonly #lost: Partial<Record<LossReason, number>> = {};

  constructor(core: NodeCore, handlers: PeerSessionHandlers) {
    this.#core = core;
    this.#handlers = handlers;
  }

  /** Id of the latest lifetime of the peer that was up; empty before the first. */
  get id(): string {
    return this.#id;
  }

  /** Where events for the peer go: while it is up, and as long as they are kept for it after that. */
  get channel(): Channel | undefined {
    return this.#isOpen ? this.#channel : undefined;
  }

  get unacknowledged(): number {
    return this.#channel?.outbox.events ?? 0;
  }

  /** Of these, the users': what the framework sends, it sends again itself. */
  get unacknowledgedOfUsers(): number {
    return this.#channel?.outbox.userEvents ?? 0;
  }

  /** Events that were kept for the peer and will not be sent to it any more. */
  get givenUp(): number {
    return this.#givenUp;
  }

  get eventsOut(): number {
    return sum(this.#channels, ({ outbox }) => outbox.assigned, this.#pastOut);
  }

  get eventsIn(): number {
    return sum(this.#channels, ({ inbox }) => inbox.received, this.#pastIn);
  }

  get lost(): Readonly<Partial<Record<LossReason, number>>> {
    return { ...this.#lost };
  }

  /** Counts events that will never arrive, and has them told. */
  lose(count: number, reason: LossReason): void {
    if (count === 0) return;
    this.#lost[reason] = (this.#lost[reason] ?? 0) + count;
    this.#handlers.lost(count, reason);
  }

  /** What a hello to the lifetime `id` says of earlier links; undefined if there were none. */
  describe(id: string): Session | undefined {
    return this.#channels.get(id)?.session(id);
  }

  /** What a bye says. */
  get farewell(): Bye {
    return { last: this.#channel?.outbox.assigned ?? 0, unacknowledged: this.unacknowledgedOfUsers };
  }

  /** Why a hello cannot be true, if it speaks of events that were never sent. */
  whyImpossible({ id, session }: Hello): Refusal | undefined {
    if (session?.id !== this.#core.id) return undefined;
    const assigned = this.#channels.get(id)?.outbox.assigned ?? 0;
    if (session.received <= assigned) return undefined;
    const reason = `it says it received event ${session.received}, but only ${assigned} were sent`;
    return { kind: 'impossible session', reason };
  }

  /** The peer is up on a new link: with the same lifetime the numbers go on, with another they begin anew. */
  begin({ id, credit, revision, session }: Hello, send: (frame: Uint8Array) => void): void {
    this.#core.runtime.clearTimeout(this.#resumeTimer);
    const channel = this.#channel !== undefined && this.#id === id ? this.#channel : this.#turnTo(id);
    this.#isOpen = true;
    channel.attach(send, credit, revision, session?.id === this.#core.id ? session : undefined);
  }

  /** The link is gone. What is for the peer is kept for `resumeInterval`, unless the session has ended. */
  suspend(): void {
    this.#channel?.detach();
    if (!this.#isOpen) return;
    const { runtime, options } = this.#core;
    this.#resumeTimer = runtime.setTimeout(() => this.end('resume interval over'), options.resumeInterval);
  }

  /** Keeps nothing for the peer any more; what it has not acknowledged is lost. */
  end(reason: LossReason): void {
    this.#core.runtime.clearTimeout(this.#resumeTimer);
    this.#isOpen = false;
    this.#giveUp(this.#channel, reason);
    this.#handlers.changed();
  }

  /** This node leaves: nothing is kept, and nothing told. */
  close(): void {
    this.#core.runtime.clearTimeout(this.#resumeTimer);
    this.#channel?.detach();
    this.#isOpen = false;
  }

  /** Another lifetime takes the place of the present one. */
  #turnTo(id: string): Channel {
    const before = this.#channel;
    const channel = this.#channels.get(id) ?? this.#openChannel();
    this.#channel = channel;
    if (before !== undefined && this.#core.options.onPeerRestart === 'redeliver')
      channel.outbox.takeOver(before.outbox);
    this.#giveUp(before, 'peer restarted');
    this.#id = id;
    this.#channels.delete(id);
    this.#channels.set(id, channel);
    this.#forgetOldest();
    return channel;
  }

  #giveUp(channel: Channel | undefined, reason: LossReason): void {
    const count = channel?.outbox.giveUp() ?? 0;
    this.#givenUp += count;
    this.lose(count, reason);
  }

  #forgetOldest(): void {
    const [oldest] = this.#channels;
    if (oldest === undefined || this.#channels.size <= maxLifetimes) return;
    const [id, { inbox, outbox }] = oldest;
    this.#channels.delete(id);
    this.#pastOut += outbox.assigned;
    this.#pastIn += inbox.received;
  }

  #openChannel(): Channel {
    const { runtime, transport, options, isMeasured } = this.#core;
    return new Channel({
      runtime,
      headroom: transport.headroom,
      maxFrameSize: transport.maxFrameSize,
      window: options.creditWindow,
      maxEventSize: options.maxEventSize,
      maxEvents: options.maxBufferedEvents,
      maxBytes: options.maxBufferedBytes,
      deliver: this.#handlers.deliver,
      lost: (count, reason) => this.lose(count, reason),
      acknowledged: isMeasured ? (delay) => this.acknowledgementDelays.observe(delay / 1_000) : undefined,
    });
  }
}

function sum(channels: ReadonlyMap<string, Channel>, count: (channel: Channel) => number, past: number): number {
  let total = past;
  for (const channel of channels.values()) total += count(channel);
  return total;
}
