/**
 * Send queue: what has been sealed for a peer and is not acknowledged, in the order of its numbers. Some of it was sent on the
 * present link, the rest after that waits.
 */
import type { LossReason } from '../frames/frames.js';

interface Numbered {
  readonly first: number;
  readonly last: number;
}

/** Events that leave in one frame. `sent`: the buffer has been given to a transport and must not change any more. */
export interface Batch extends Numbered {
  readonly kind: 'batch';
  /** Events in it that must never be dropped: those of the framework. */
  readonly kept: number;
  readonly size: number;
  frame: Uint8Array;
  sent: boolean;
}

/** One event that is too large for a frame; `offset` of it have been sent on the present link. */
export interface Large extends Numbered {
  readonly kind: 'large';
  readonly kept: number;
  readonly size: number;
  readonly event: Uint8Array;
  offset: number;
}

/** Events that will never be sent. */
export interface Skipped extends Numbered {
  readonly kind: 'skipped';
  readonly reason: LossReason;
}

export type Entry = Batch | Large | Skipped;

/** Entries that are gone are cleared away when there are so many. */
const maxGone = 1_024;

export class SendQueue {
  /** Those before `#head` are gone, those from `#next` on are not sent. */
  #entries: (Entry | undefined)[] = [];
  #head = 0;
  #next = 0;

  get oldest(): Entry | undefined {
    return this.#entries[this.#head];
  }

  /** The one that is to be sent next. */
  get next(): Entry | undefined {
    return this.#entries[this.#next];
  }

  get held(): readonly Entry[] {
    return this.#entries.slice(this.#head) as Entry[];
  }

  push(entry: Batch | Large): void {
    this.#entries.push(entry);
  }

  skip(sequence: number, reason: LossReason): void {
    this.#put(this.#entries.length, { kind: 'skipped', first: sequence, last: sequence, reason });
  }

  /** {@link next} has been sent. */
  advance(): void {
    this.#next += 1;
  }

  /** All of it is to be sent again. */
  rewind(): void {
    this.#next = this.#head;
    for (const entry of this.held) if (entry.kind === 'large') entry.offset = 0;
  }

  /** {@link oldest} has been acknowledged. */
  shift(): void {
    if (this.#next === this.#head) this.#next += 1;
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    if (this.#head <= maxGone) return;
    this.#entries.splice(0, this.#head);
    this.#next -= this.#head;
    this.#head = 0;
  }

  /** Drops the oldest entry of which nothing was ever sent, of those beyond `sentUpTo`, and none of whose events is kept. */
  dropOldest(sentUpTo: number, reason: LossReason): Batch | Large | undefined {
    for (let place = this.#next; place < this.#entries.length; place += 1) {
      const entry = this.#entries[place] as Entry;
      if (entry.kind === 'skipped' || entry.kept > 0 || entry.first <= sentUpTo) continue;
      if (entry.kind === 'large' && entry.offset > 0) continue;
      this.#entries.splice(place, 1);
      this.#put(place, { kind: 'skipped', first: entry.first, last: entry.last, reason });
      return entry;
    }
    return undefined;
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#next = 0;
  }

  /** Puts skipped numbers at a place among the entries, or adds them to those before, if they were not sent yet. */
  #put(place: number, skipped: Skipped): void {
    const before = place > this.#next ? this.#entries[place - 1] : undefined;
    if (before?.kind === 'skipped' && before.reason === skipped.reason) {
      this.#entries[place - 1] = { ...before, last: skipped.last };
    } else {
      this.#entries.splice(place, 0, skipped);
    }
  }
}
