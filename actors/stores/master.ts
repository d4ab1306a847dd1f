/**
 * Master: the one replica of a store that orders its mutations.
 * Applies what its own node and the clones ask for, expires entries, and sends each clone what it lacks: what it has missed
 * from the log, or a snapshot in pieces between which mutations go on. It sends a clone no more than that takes.
 */
import { MusterError } from '../../errors.js';
import { type Runtime, type TimerHandle, toHex, turn } from '../../runtime.js';
import type { Backend, Outcome, StoreState } from '../../stores/backend.js';
import type { StoreLimits } from '../../stores/draft.js';
import type { KeyId } from '../../stores/key.js';
import { Ledger, type Written } from '../../stores/ledger.js';
import { MutationLog } from '../../stores/log.js';
import { decodeMutation, encodeMutation, type Mutation } from '../../stores/mutation.js';
import type { Listeners } from './listeners.js';
import { maxBacklog, messageSize, type StoreMessages, type StorePeer } from './messages.js';
import type { Side } from './side.js';

/** A clone that was away gets what it missed, if it is not more than this. */
const logBounds = { maxCount: 65_536, maxBytes: 32 * 1_024 * 1_024 };
/** So many of this node's own mutations settle before the event loop turns, where nothing else makes them wait. */
const maxWithoutTurn = 256;
/** Entries that expire in one turn. */
const maxExpiring = 1_000;
/** Longest time of a timer, in ms. */
const longestDelay = 2 ** 31 - 1;

export interface MasterOptions {
  readonly name: string;
  readonly backend: Backend;
  readonly runtime: Runtime;
  readonly listeners: Listeners;
  readonly maxEntrySize: number;
  readonly limits: StoreLimits;
  /** Whether there can be clones. */
  readonly isClustered: boolean;
  /** Replicas are compared at this interval, in ms. */
  readonly compareInterval: number;
  /** The backend has refused a batch. */
  failed(error: MusterError): void;
}

/** A clone that is attached. */
interface Attached {
  readonly peer: StorePeer;
  readonly session: number;
  /** It has been sent all mutations up to this one. */
  sentUpTo: number;
  /** The rest of a snapshot; undefined if it has all. */
  scan: ReturnType<Backend['scanWritten']> | undefined;
  /** Sequence number up to which its snapshot may show mutations: before, it can't be compared. */
  comparableFrom: number;
  /** It is to be told the master's state when it has everything. */
  isToCompare: boolean;
  outcomes: Outcome[];
}

export class Master implements Side {
  readonly #options: MasterOptions;
  readonly #ledger: Ledger;
  readonly #log: MutationLog;
  readonly #clones = new Map<string, Attached>();
  #expiryTimer: TimerHandle | undefined;
  #compareTimer: TimerHandle | undefined;
  /** Mutations of this node since it last waited for a turn. */
  #sinceTurn = 0;
  #isExpiring = false;
  #isScheduled = false;
  /** Where reads go; undefined once it is closed. */
  #readable: Backend | undefined;

  constructor(options: MasterOptions) {
    const { backend, runtime, listeners, maxEntrySize, limits } = options;
    this.#options = options;
    this.#readable = backend;
    this.#ledger = new Ledger({
      backend,
      epoch: toHex(runtime.randomBytes(8)),
      maxEntrySize,
      limits,
      now: () => runtime.now(),
      endOfTurn: (callback) => runtime.endOfTurn(callback),
      isHeard: () => listeners.isHeard,
      written: (written) => this.#written(written),
      failed: (error) => options.failed(error),
    });
    const { sequence, digest } = this.#ledger.state;
    this.#log = new MutationLog(sequence, digest, logBounds);
    this.#scheduleExpiry();
    if (options.isClustered) this.#scheduleComparison();
  }

  get replica(): Backend {
    // Every read passes here.
    return this.#readable ?? this.#refuse();
  }

  get contents(): StoreState {
    return this.#ledger.state;
  }

  /** Mutations that each attached clone has not been sent yet, by name of its node. */
  get lags(): ReadonlyMap<string, number> {
    const { sequence } = this.#ledger.state;
    return new Map([...this.#clones].map(([name, { sentUpTo }]) => [name, sequence - sentUpTo]));
  }

  mutate(mutation: Mutation, encoded: Uint8Array): Promise<unknown> {
    return this.#mutate(mutation, encoded, false);
  }

  /** Puts an entry as it was elsewhere. `expiry`: a time in ms since 1970; `null` for never. */
  async restore(id: KeyId, value: unknown, expiry: number | null): Promise<void> {
    const mutation: Mutation = ['put', id, expiry, value];
    await this.#mutate(mutation, encodeMutation(mutation), true);
  }

  /** Removes all entries. */
  async clear(): Promise<void> {
    const mutation: Mutation = ['clear', null, false];
    await this.#mutate(mutation, encodeMutation(mutation), false);
  }

  async #mutate(mutation: Mutation, encoded: Uint8Array, isTimed: boolean): Promise<unknown> {
    if (this.#readable === undefined) this.#refuse();
    const own = mutation.some((part) => typeof part === 'object' && part !== null) ? decodeMutation(encoded) : mutation;
    const outcome = await new Promise<Outcome>((settle) => this.#ledger.submit({ mutation: own, isTimed, settle }));
    this.#sinceTurn += 1;
    if (this.#sinceTurn >= maxWithoutTurn) {
      this.#sinceTurn = 0;
      await turn(this.#options.runtime);
    }
    if (outcome.code === undefined) return outcome.result;
    const { code, message } = outcome;
    throw new MusterError(code as MusterError['code'], `store ${this.#options.name}: ${message}`);
  }

  /** Resolves once everything that was asked for is written. */
  settled(): Promise<void> {
    return this.#ledger.idle();
  }

  async close(): Promise<void> {
    if (this.#readable === undefined) return;
    await this.#ledger.idle();
    this.#readable = undefined;
    const { runtime, backend } = this.#options;
    runtime.clearTimeout(this.#expiryTimer);
    runtime.clearTimeout(this.#compareTimer);
    this.#clones.clear();
    await backend.close();
  }

  attach(peer: StorePeer, ...[session, epoch, sequence, digest, settled]: StoreMessages['attach']): void {
    const { state } = this.#ledger;
    this.#ledger.forgetOutcomes(peer.id, settled);
    const canCatchUp = epoch === state.epoch && this.#log.continues(sequence, digest);
    const { last, outcomes } = this.#ledger.origin(peer.id);
    const clone: Attached = {
      peer,
      session,
      sentUpTo: canCatchUp ? sequence : state.sequence,
      scan: canCatchUp ? undefined : this.#options.backend.scanWritten(),
      comparableFrom: state.sequence,
      isToCompare: true,
      outcomes: [...outcomes],
    };
    this.#clones.set(peer.name, clone);
    peer.send('attached', session, !canCatchUp, state.epoch, clone.sentUpTo, last);
    this.#send(clone);
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` for what is no mutation. */
  mutateFor(peer: StorePeer, ...[session, first, mutations, settled]: StoreMessages['mutate']): void {
    if (this.#clones.get(peer.name)?.session !== session) return;
    this.#ledger.forgetOutcomes(peer.id, settled);
    mutations.forEach((bytes, i) => {
      const mutation = decodeMutation(bytes);
      if (mutation[0] === 'expire') throw new MusterError('MUSTER_FRAME_INVALID', 'a clone expires an entry');
      this.#ledger.submit({
        mutation,
        origin: { clone: peer.id, number: first + i },
        settle: (outcome) => this.#answer(peer, outcome),
      });
    });
  }

  detach(name: string): void {
    this.#clones.delete(name);
  }

  /** A peer may take more. */
  relieved(): void {
    for (const clone of this.#clones.values()) this.#send(clone);
  }

  #refuse(): never {
    throw new MusterError('MUSTER_STORE_CLOSED', `store ${this.#options.name} is closed`);
  }

  #written({ mutations, digests, history }: Written): void {
    if (this.#options.isClustered) {
      for (const [i, mutation] of mutations.entries()) this.#log.append(encodeMutation(mutation), digests[i] as number);
    }
    this.#options.listeners.tell(history);
    this.#scheduleExpiry();
    this.#scheduleSending();
  }

  #answer(peer: StorePeer, outcome: Outcome): void {
    const clone = this.#clones.get(peer.name);
    if (clone?.peer.id !== peer.id) return;
    clone.outcomes.push(outcome);
    this.#scheduleSending();
  }

  #scheduleSending(): void {
    if (this.#isScheduled || this.#clones.size === 0) return;
    this.#isScheduled = true;
    this.#options.runtime.endOfTurn(() => {
      this.#isScheduled = false;
      this.relieved();
    });
  }

  /** Mutations first: what the scan shows next is no older than any of those that were sent. */
  #send(clone: Attached): void {
    const { peer, session } = clone;
    if (clone.outcomes.length > 0) peer.send('outcomes', session, clone.outcomes.splice(0));
    while (peer.backlog < maxBacklog) {
      if (clone.sentUpTo < this.#ledger.state.sequence) {
        if (!this.#sendMutations(clone)) return;
      } else if (clone.scan !== undefined) {
        this.#sendEntries(clone, clone.scan);
        // One piece a turn: reading and encoding entries must not keep the event loop.
        this.#scheduleSending();
        return;
      } else {
        if (!clone.isToCompare || clone.sentUpTo < clone.comparableFrom) return;
        peer.send('state', session, this.#ledger.state);
        clone.isToCompare = false;
        return;
      }
    }
  }

  /** @returns `false` if the log is too short by now, so that everything begins anew. */
  #sendMutations(clone: Attached): boolean {
    const { peer, session, sentUpTo } = clone;
    if (!this.#log.reaches(sentUpTo)) {
      this.attach(peer, session, '', 0, 0, 0);
      return false;
    }
    const mutations = this.#log.after(sentUpTo, messageSize);
    peer.send('mutations', session, sentUpTo + 1, mutations);
    clone.sentUpTo += mutations.length;
    return true;
  }

  #sendEntries(clone: Attached, scan: NonNullable<Attached['scan']>): void {
    const hashes: number[] = [];
    const entries: Uint8Array[] = [];
    for (let size = 0; size < messageSize; ) {
      const next = scan.next();
      if (next.done === true) {
        clone.scan = undefined;
        clone.comparableFrom = this.#ledger.visible;
        break;
      }
      const [hash, bytes] = next.value;
      hashes.push(hash);
      entries.push(bytes);
      size += bytes.length;
    }
    if (entries.length > 0) clone.peer.send('entries', clone.session, hashes, entries);
  }

  #scheduleExpiry(): void {
    const { runtime, backend } = this.#options;
    runtime.clearTimeout(this.#expiryTimer);
    const next = this.#isExpiring ? undefined : backend.nextExpiry();
    if (next === undefined) return;
    const delay = Math.min(Math.max(next - runtime.now(), 0), longestDelay);
    this.#expiryTimer = runtime.setTimeout(() => this.#expire(), delay);
  }

  #expire(): void {
    const { runtime, backend } = this.#options;
    const due = backend.due(runtime.now(), maxExpiring);
    this.#isExpiring = true;
    const expired = due.map((id) => {
      const version = backend.get(id)?.version ?? 0;
      return new Promise((settle) => this.#ledger.submit({ mutation: ['expire', id, false, version], settle }));
    });
    void Promise.all(expired).then(() => {
      this.#isExpiring = false;
      if (this.#readable !== undefined) this.#scheduleExpiry();
    });
  }

  #scheduleComparison(): void {
    const { runtime, compareInterval } = this.#options;
    this.#compareTimer = runtime.setTimeout(() => {
      for (const clone of this.#clones.values()) {
        clone.isToCompare = true;
        this.#send(clone);
      }
      this.#scheduleComparison();
    }, compareInterval);
  }
}
