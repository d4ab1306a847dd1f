/**
 * Pending mutations of a clone: what its users have asked for and what has become of it, from `put()` to its promise.
 * A mutation is numbered when it is sent for the first time. It ends when its outcome has come and the replica shows it, or
 * when there was no master for too long: then it was never sent, or nobody knows.
 */
import { MusterError } from '../../errors.js';
import type { Outcome } from '../../stores/backend.js';

/** Mutations that are sent and not answered, at most: their outcomes are what a master has to keep for a clone. */
const maxUnanswered = 256;
/** What is kept for a master that is away or slow. */
const maxPending = 100_000;
const maxPendingBytes = 64 * 1_024 * 1_024;

interface Pending {
  readonly mutation: Uint8Array;
  resolve(result: unknown): void;
  reject(error: Error): void;
  /** Until when it is kept without a master, in ms; infinite while there is one. */
  deadline: number;
  number: number | undefined;
  outcome: Outcome | undefined;
  /** Its promise has settled. */
  hasEnded: boolean;
}

export class PendingMutations {
  readonly #store: string;
  /** In order. What lies before `#head` has ended; from `#next` on nothing was sent yet. */
  #queue: Pending[] = [];
  #head = 0;
  #next = 0;
  #bytes = 0;
  #lastNumber = 0;

  constructor(store: string) {
    this.#store = store;
  }

  get size(): number {
    return this.#queue.length - this.#head;
  }

  /** All mutations up to this number have ended. */
  get settledUpTo(): number {
    return (this.#queue[this.#head]?.number ?? this.#lastNumber + 1) - 1;
  }

  /** When the first is given up, in ms on the clock of the deadlines; infinite if none will be. */
  get nextDeadline(): number {
    return this.#queue[this.#head]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  add(mutation: Uint8Array, deadline: number): Promise<unknown> {
    if (this.size >= maxPending || this.#bytes + mutation.length > maxPendingBytes) {
      const waiting = `${this.size} mutations (${this.#bytes} bytes) wait for its master`;
      return Promise.reject(
        new MusterError('MUSTER_STORE_BUFFER_FULL', `store ${this.#store}: ${waiting}; await some of them first`),
      );
    }
    this.#bytes += mutation.length;
    return new Promise((resolve, reject) => {
      const given = { mutation, resolve, reject, deadline };
      this.#queue.push({ ...given, number: undefined, outcome: undefined, hasEnded: false });
    });
  }

  /** The next to be sent, of about `bytes` in all, numbered from `first` on; none if too many are unanswered. */
  take(bytes: number): { first: number; mutations: Uint8Array[] } {
    const first = this.#lastNumber + 1;
    const mutations: Uint8Array[] = [];
    let size = 0;
    while (this.#next < this.#queue.length && this.#next - this.#head < maxUnanswered && size < bytes) {
      const pending = this.#queue[this.#next] as Pending;
      this.#lastNumber += 1;
      pending.number = this.#lastNumber;
      mutations.push(pending.mutation);
      size += pending.mutation.length;
      this.#next += 1;
    }
    return { first, mutations };
  }

  /** What was sent before and has to be sent again, to a master that has decided everything up to `decided`. */
  unanswered(decided: number): { number: number; mutation: Uint8Array }[] {
    return this.#queue.slice(this.#head, this.#next).flatMap(({ number = 0, mutation, outcome, hasEnded }) => {
      return outcome === undefined && !hasEnded && number > decided ? [{ number, mutation }] : [];
    });
  }

  /** The master has said how these ended. Their promises wait for {@link settle}. */
  answer(outcomes: readonly Outcome[]): void {
    const byNumber = new Map(outcomes.map((outcome) => [outcome.number, outcome]));
    for (let at = this.#head; at < this.#next; at++) {
      const pending = this.#queue[at] as Pending;
      pending.outcome ??= byNumber.get(pending.number ?? 0);
    }
  }

  /** The master has lost what it had: what it has answered and this node does not show yet is not there any more. */
  forgetAnswers(): void {
    for (let at = this.#head; at < this.#next; at++) (this.#queue[at] as Pending).outcome = undefined;
  }

  /** The replica shows everything up to `sequence`. */
  settle(sequence: number): void {
    for (let at = this.#head; at < this.#next; at++) {
      const pending = this.#queue[at] as Pending;
      if (pending.outcome === undefined || pending.outcome.sequence > sequence || pending.hasEnded) continue;
      const { code, message = '', result } = pending.outcome;
      this.#end(pending);
      if (code === undefined) pending.resolve(result);
      else pending.reject(new MusterError(code as MusterError['code'], `store ${this.#store}: ${message}`));
    }
    this.#dropEnded();
  }

  /** The master is away: everything is kept until `deadline` at most. */
  suspend(deadline: number): void {
    for (let at = this.#head; at < this.#queue.length; at++) {
      const pending = this.#queue[at] as Pending;
      pending.deadline = Math.min(pending.deadline, deadline);
    }
  }

  /** The master is back. */
  resume(): void {
    for (let at = this.#head; at < this.#queue.length; at++) {
      (this.#queue[at] as Pending).deadline = Number.POSITIVE_INFINITY;
    }
  }

  /** Gives up what was to be kept until `now` at most. */
  expire(now: number): void {
    this.#giveUp('it had no master for longer than cloneMutationBufferInterval', ({ deadline }) => deadline <= now);
  }

  /** Gives up everything. */
  close(why: string): void {
    this.#giveUp(why, () => true);
  }

  #giveUp(why: string, isOver: (pending: Pending) => boolean): void {
    for (let at = this.#head; at < this.#queue.length; at++) {
      const pending = this.#queue[at] as Pending;
      if (pending.hasEnded || !isOver(pending)) continue;
      this.#end(pending);
      pending.reject(this.#lostError(pending.number !== undefined, why));
    }
    this.#dropEnded();
  }

  #lostError(wasSent: boolean, why: string): MusterError {
    if (!wasSent) {
      return new MusterError('MUSTER_STORE_TIMEOUT', `store ${this.#store}: ${why}; this mutation was never sent`);
    }
    const unknown = 'this mutation was sent, and is there once or not at all';
    return new MusterError('MUSTER_STORE_OUTCOME_UNKNOWN', `store ${this.#store}: ${why}; ${unknown}`);
  }

  #end(pending: Pending): void {
    pending.hasEnded = true;
    this.#bytes -= pending.mutation.length;
  }

  /** What was never sent ends in order, so that nothing which has ended is sent afterwards. */
  #dropEnded(): void {
    while (this.#queue[this.#head]?.hasEnded) this.#head += 1;
    this.#next = Math.max(this.#next, this.#head);
    if (this.#head <= 1_024 || this.#head * 2 < this.#queue.length) return;
    this.#queue.splice(0, this.#head);
    this.#next -= this.#head;
    this.#head = 0;
  }
}
