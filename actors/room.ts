/**
 * Room: whether publishers may go on, and who waits until they may.
 * A publisher waits for peers that are up and whose policy is `block`: for one whose buffer is half full, and, while it keeps
 * acknowledging, for one with so long a queue that a longer one would make nothing faster.
 */
import type { TimerHandle } from '../runtime.js';
import type { NodeCore } from './node-core.js';
import type { Part } from './part.js';
import type { Peering } from './peering.js';
import type { Peerings } from './peerings.js';

interface Marks {
  /** Part of a buffer's bounds. */
  readonly fill: number;
  /**
   * Bytes that wait for a peer's credit. While a longer queue is filled the peer has nothing to do, and by the time it is
   * sent it has left the caches.
   */
  readonly backlog: number;
}

/** Above the first, `publish` asks to wait; below the second, there is room again. */
const high: Marks = { fill: 0.5, backlog: 512 * 1024 };
const low: Marks = { fill: 0.25, backlog: 256 * 1024 };
/** A peer that acknowledges nothing for so many ms holds nobody up any more: its buffer takes the load. */
const stallTime = 20;

/** An outbox that is no fuller than this needs no look at {@link Room}. */
export const ample = high;

export class Room implements Part {
  readonly #core: NodeCore;
  readonly #peerings: Peerings;
  readonly #waiting: (() => void)[] = [];
  /** Waits until peers have acknowledged everything. */
  #unloaded: (() => void) | undefined;
  /** Peers that have acknowledged nothing, until their queues are short again. */
  readonly #stalled = new Set<Peering>();
  #watch: TimerHandle | undefined;

  constructor(core: NodeCore, peerings: Peerings) {
    this.#core = core;
    this.#peerings = peerings;
  }

  /** Whether publishers need not wait for this peer, once it has an event of `size` bytes more. */
  isAmple(peer: Peering, size: number): boolean {
    return !this.#isAbove(high, peer, size);
  }

  /** Resolves once there is room at all peers. */
  drained(): Promise<void> {
    if (this.#isThere()) return Promise.resolve();
    this.#watch ??= this.#watchProgress();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Resolves once all peers that are up have acknowledged everything. For one caller, who publishes nothing any more. */
  unloaded(): Promise<void> {
    if (this.#isUnloaded()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#unloaded = resolve;
    });
  }

  relieved(): void {
    for (const peer of this.#stalled) if (backlogOf(peer) <= low.backlog) this.#stalled.delete(peer);
    if (this.#waiting.length > 0 && this.#isThere()) for (const resolve of this.#waiting.splice(0)) resolve();
    if (this.#unloaded !== undefined && this.#isUnloaded()) this.#unloaded();
  }

  #isThere(): boolean {
    for (const peer of this.#peerings) if (this.#isAbove(low, peer, 0)) return false;
    return true;
  }

  #isUnloaded(): boolean {
    for (const { isUp, session } of this.#peerings) if (isUp && session.unacknowledged > 0) return false;
    return true;
  }

  #isAbove(marks: Marks, peer: Peering, size: number): boolean {
    return blocks(peer, size, marks.fill) || this.#isBehind(marks, peer);
  }

  #isBehind({ backlog }: Marks, peer: Peering): boolean {
    return counts(peer) && backlogOf(peer) > backlog && !this.#stalled.has(peer);
  }

  /** While somebody waits, finds the peers that are behind and acknowledge nothing. */
  #watchProgress(): TimerHandle {
    const behind = [...this.#peerings].filter((peer) => this.#isBehind(low, peer));
    const oldest = new Map(behind.map((peer) => [peer, oldestOf(peer)]));
    return this.#core.runtime.setTimeout(() => {
      this.#watch = undefined;
      for (const peer of behind) if (oldest.get(peer) === oldestOf(peer)) this.#stalled.add(peer);
      this.relieved();
      if (this.#waiting.length > 0) this.#watch = this.#watchProgress();
    }, stallTime);
  }
}

/** Whether a peer's buffer, with `size` bytes more, is fuller than `mark`, and that is the publisher's business. */
export function blocks(peer: Peering, size: number, mark: number): boolean {
  return counts(peer) && (peer.session.channel?.outbox.fill(size) ?? 0) > mark;
}

function counts(peer: Peering): boolean {
  return peer.isUp && peer.overflow === 'block';
}

function backlogOf(peer: Peering): number {
  return peer.session.channel?.outbox.backlog ?? 0;
}

function oldestOf(peer: Peering): number | undefined {
  return peer.session.channel?.outbox.oldest;
}
