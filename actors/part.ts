/**
 * Part: what a node tells its parts about. Each part has those of these methods that concern it, and the list of all of them
 * knows the order: a node tells of what begins in that of the list, and of what ends in the reverse one.
 */
import type { Layout } from '../layout/types.js';
import type { Peering } from './peering.js';

export interface Part {
  /** A peer is up, and `id` is its present lifetime. */
  peerUp?(peering: Peering, id: string): void;
  peerDown?(peering: Peering, id: string): void;
  /** A peer has acknowledged something, or is gone: who waits for room or a confirmation may look again. */
  relieved?(): void;
  /** Why it cannot go on in another layout; undefined if it can. */
  whyNot?(layout: Layout): string | undefined;
  /** The node has another layout than `before`. */
  follow?(before: Layout): void;
  /** Resolves once all that was asked of it is done, as far as it can be. */
  settled?(): Promise<void>;
  /** The node leaves, and has no link to any peer any more. */
  close?(): void | Promise<void>;
}

export class PartList {
  readonly #parts: readonly Part[];
  readonly #reversed: readonly Part[];
  /** Those that want to know of it: it is told for each frame that comes. */
  readonly #waiting: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#reversed = [...parts].reverse();
    this.#waiting = parts.filter(({ relieved }) => relieved !== undefined);
  }

  peerUp(peering: Peering, id: string): void {
    for (const part of this.#parts) part.peerUp?.(peering, id);
  }

  peerDown(peering: Peering, id: string): void {
    for (const part of this.#reversed) part.peerDown?.(peering, id);
  }

  relieved(): void {
    for (const part of this.#waiting) part.relieved?.();
  }

  /** What the first one says that cannot. */
  whyNot(layout: Layout): string | undefined {
    for (const part of this.#parts) {
      const why = part.whyNot?.(layout);
      if (why !== undefined) return why;
    }
    return undefined;
  }

  follow(before: Layout): void {
    for (const part of this.#parts) part.follow?.(before);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.settled?.()));
  }

  /** One after the other. */
  async close(): Promise<void> {
    for (const part of this.#reversed) await part.close?.();
  }
}
