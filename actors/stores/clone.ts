/**
 * Clone: a replica of a store whose master is at another node. Runs the clone's chart, keeps the replica up with what the
 * master sends, and brings it the mutations of this node.
 */
import { type Actor, createActor } from 'xstate';
import { MusterError, messageOf } from '../../errors.js';
import type { Diagnostics } from '../../logs/diagnostics.js';
import { type CloneState, cloneMachine, stateOf } from '../../machines/clone.js';
import type { Runtime, TimerHandle } from '../../runtime.js';
import type { Backend, StoreState } from '../../stores/backend.js';
import { noLimits } from '../../stores/draft.js';
import type { Mutation } from '../../stores/mutation.js';
import { Replica } from '../../stores/replica.js';
import type { Tracer } from '../../trace/tracer.js';
import { recordChart } from '../chart-recorder.js';
import type { History } from '../control/history.js';
import type { Listeners } from './listeners.js';
import { maxBacklog, messageSize, type StoreMessages, type StorePeer } from './messages.js';
import { PendingMutations } from './pending.js';
import type { Side } from './side.js';

/** What a clone says of itself that has nothing, or nothing that can be trusted. */
const nothing: StoreState = { epoch: '', sequence: 0, digest: 0, size: 0, bytes: 0 };

export interface CloneOptions {
  readonly name: string;
  readonly masterNode: string;
  readonly runtime: Runtime;
  readonly diagnostics: Diagnostics;
  readonly tracer: Tracer;
  readonly history: History;
  readonly listeners: Listeners;
  /** In ms; negative stale interval: never. */
  readonly resyncInterval: number;
  readonly staleInterval: number;
  readonly mutationBufferInterval: number;
  /** It is in sync for the first time. */
  ready(): void;
  /** It is closed, and was perhaps never ready. */
  closed(error: MusterError): void;
  stateChanged(state: CloneState): void;
}

export class Clone implements Side {
  readonly #options: CloneOptions;
  readonly #actor: Actor<typeof cloneMachine>;
  readonly #pending: PendingMutations;
  #replica: Replica | undefined;
  /** A snapshot that is not complete. */
  #loading: Replica | undefined;
  #master: StorePeer | undefined;
  #session = 0;
  #isAttached = false;
  /** Epoch of the master to which it was attached last. */
  #epoch = '';
  /** The replica has to be replaced as a whole. */
  #isWrong = false;
  #state: CloneState = 'waiting';
  #deadlineTimer: TimerHandle | undefined;
  #isScheduled = false;
  #isClosed = false;
  #onSettled: (() => void) | undefined;
  /** Where reads go; undefined if there is nothing to read, or nothing that may be. */
  #readable: Backend | undefined;
  /** How often it differed from its master. */
  differences = 0;

  constructor(options: CloneOptions) {
    const { name, runtime, resyncInterval, staleInterval, diagnostics, tracer, history } = options;
    this.#options = options;
    this.#pending = new PendingMutations(name);
    this.#actor = createActor(cloneMachine, { clock: runtime, input: { resyncInterval, staleInterval } });
    recordChart(tracer, this.#actor, { name: `clone ${name}`, machine: 'clone', runtime });
    history.watch(this.#actor, `clone ${name}`);
    this.#actor.on('ask', () => this.#attach());
    this.#actor.subscribe({
      next: ({ value }) => this.#show(stateOf(value)),
      error: (error) => diagnostics.error(`the chart of store ${name} broke: ${messageOf(error)}`),
    });
    this.#actor.start();
  }

  get state(): CloneState {
    return this.#state;
  }

  get contents(): StoreState | undefined {
    return this.#replica?.state;
  }

  /** Mutations of this node whose outcome is not known yet. */
  get unsettled(): number {
    return this.#pending.size;
  }

  get replica(): Backend {
    // Every read passes here.
    if (this.#readable !== undefined) return this.#readable;
    throw this.#whyUnreadable();
  }

  mutate(_mutation: Mutation, encoded: Uint8Array): Promise<unknown> {
    const { name, runtime, mutationBufferInterval } = this.#options;
    if (this.#isClosed) return Promise.reject(new MusterError('MUSTER_STORE_CLOSED', `store ${name} is closed`));
    const deadline = this.#isAttached ? Number.POSITIVE_INFINITY : runtime.monotonic() + mutationBufferInterval;
    const outcome = this.#pending.add(encoded, deadline);
    if (this.#isAttached) this.#scheduleSending();
    else this.#scheduleDeadline();
    return outcome;
  }

  /** Resolves once the outcome of everything that was asked for is known. */
  settled(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onSettled = resolve;
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#readable = undefined;
    this.#options.runtime.clearTimeout(this.#deadlineTimer);
    this.#actor.stop();
    this.#pending.close('this node leaves');
    this.#options.closed(new MusterError('MUSTER_STORE_CLOSED', `store ${this.#options.name} is closed`));
  }

  masterUp(master: StorePeer): void {
    this.#master = master;
    this.#actor.send({ type: 'master.up' });
  }

  masterDown(): void {
    this.#master = undefined;
    this.#suspend();
    this.#actor.send({ type: 'master.down' });
  }

  /** The master takes more. */
  relieved(): void {
    this.#send();
  }

  available(): void {
    this.#actor.send({ type: 'master.available' });
  }

  refused(...[session, reason]: StoreMessages['refused']): void {
    if (session !== this.#session) return;
    const { name, masterNode, diagnostics } = this.#options;
    diagnostics.debug(`store ${name}: ${masterNode} has no master for it: ${reason}`);
    this.#actor.send({ type: 'refused' });
  }

  attached(...[session, hasSnapshot, epoch, sequence, decided]: StoreMessages['attached']): void {
    if (session !== this.#session) return;
    if (epoch !== this.#epoch) this.#pending.forgetAnswers();
    this.#epoch = epoch;
    this.#loading = undefined;
    if (hasSnapshot) {
      this.#loading = new Replica(epoch);
      this.#loading.begin(sequence);
    }
    if (!this.#isAttached) {
      this.#isAttached = true;
      this.#pending.resume();
      this.#options.runtime.clearTimeout(this.#deadlineTimer);
      for (const { number, mutation } of this.#pending.unanswered(decided)) {
        this.#master?.send('mutate', session, number, [mutation], this.#pending.settledUpTo);
      }
    }
    this.#actor.send({ type: 'attached' });
    this.#send();
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID`, as the next two. */
  entries(...[session, hashes, entries]: StoreMessages['entries']): void {
    if (session === this.#session) this.#loading?.load(hashes, entries);
  }

  mutations(...[session, first, mutations]: StoreMessages['mutations']): void {
    if (session !== this.#session) return;
    const { listeners } = this.#options;
    const isHeard = this.#loading === undefined && listeners.isHeard;
    // Its master has seen to the size of entries.
    const terms = { maxEntrySize: Number.POSITIVE_INFINITY, limits: noLimits, isHeard };
    const changes = (this.#loading ?? this.#replica)?.apply(first, mutations, terms);
    if (changes !== undefined) listeners.tell(changes);
    this.#settle();
  }

  /** The state that the replica must have by now. */
  compare(...[session, state]: StoreMessages['state']): void {
    if (session !== this.#session) return;
    const replica = this.#loading ?? this.#replica;
    if (replica?.equals(state)) this.#synced(replica);
    else this.#differs(replica?.state, state);
  }

  outcomes(...[session, outcomes]: StoreMessages['outcomes']): void {
    if (session !== this.#session) return;
    this.#pending.answer(outcomes);
    this.#settle();
  }

  #attach(): void {
    this.#session += 1;
    this.#suspend();
    const { epoch, sequence, digest } = (!this.#isWrong && this.#replica?.state) || nothing;
    this.#master?.send('attach', this.#session, epoch, sequence, digest, this.#pending.settledUpTo);
  }

  /** There is no master for now: what waits for one waits until its deadline. */
  #suspend(): void {
    const { runtime, mutationBufferInterval } = this.#options;
    this.#isAttached = false;
    this.#loading = undefined;
    this.#pending.suspend(runtime.monotonic() + mutationBufferInterval);
    this.#scheduleDeadline();
  }

  #synced(replica: Replica): void {
    const before = this.#replica;
    this.#replica = replica;
    this.#chooseReadable();
    this.#loading = undefined;
    this.#isWrong = false;
    if (before !== replica && this.#options.listeners.isHeard) {
      this.#options.listeners.tell(replica.changesSince(before ?? new Replica('')));
    }
    this.#actor.send({ type: 'synced' });
    if (before === undefined) this.#options.ready();
    this.#settle();
  }

  #differs(own: StoreState | undefined, master: StoreState): void {
    const { name, masterNode, diagnostics } = this.#options;
    this.differences += 1;
    diagnostics.error(
      `store ${name}: this replica is not what ${masterNode} has (${show(own)} instead of ${show(master)}); a fresh copy is fetched`,
    );
    this.#isWrong = true;
    this.#actor.send({ type: 'differs' });
  }

  #settle(): void {
    this.#pending.settle(this.#loading === undefined ? (this.#replica?.state.sequence ?? 0) : 0);
    if (this.#pending.size === 0) this.#onSettled?.();
    this.#send();
  }

  #scheduleSending(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.runtime.endOfTurn(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (!this.#isAttached || this.#master === undefined) return;
    while (this.#master.backlog < maxBacklog) {
      const { first, mutations } = this.#pending.take(messageSize);
      if (mutations.length === 0) return;
      this.#master.send('mutate', this.#session, first, mutations, this.#pending.settledUpTo);
    }
  }

  #scheduleDeadline(): void {
    const { runtime } = this.#options;
    runtime.clearTimeout(this.#deadlineTimer);
    const { nextDeadline } = this.#pending;
    if (!Number.isFinite(nextDeadline)) return;
    this.#deadlineTimer = runtime.setTimeout(
      () => {
        this.#pending.expire(runtime.monotonic());
        this.#scheduleDeadline();
      },
      Math.max(nextDeadline - runtime.monotonic(), 1),
    );
  }

  #chooseReadable(): void {
    this.#readable = this.#isClosed || this.#state === 'stale' ? undefined : this.#replica?.backend;
  }

  #whyUnreadable(): MusterError {
    const { name, masterNode, staleInterval } = this.#options;
    if (this.#isClosed) return new MusterError('MUSTER_STORE_CLOSED', `store ${name} is closed`);
    if (this.#replica === undefined) {
      const why = `it is not yet in sync with its master at ${masterNode}: await its \`ready\` first`;
      return new MusterError('MUSTER_STORE_NOT_READY', `store ${name}: ${why}`);
    }
    const why = `its master at ${masterNode} has been away for more than ${staleInterval} ms (cloneStaleInterval)`;
    return new MusterError('MUSTER_STORE_STALE', `store ${name}: ${why}`);
  }

  #show(state: CloneState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#chooseReadable();
    this.#options.stateChanged(state);
  }
}

function show(state: StoreState | undefined): string {
  return state === undefined ? 'nothing' : `mutation ${state.sequence}, ${state.size} entries, digest ${state.digest}`;
}
