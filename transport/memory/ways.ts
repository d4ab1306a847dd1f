/**
 * Ways: from each host of a simulated network to each other, whether anything gets there, and how fast.
 */
import type { Runtime } from '../../runtime.js';

export interface WayOptions {
  /** How long a frame is on its way, in ms, ≥ 0; asked for each. Never overtaking the one before. @defaultValue 0 */
  readonly latency?: (from: string, to: string) => number;
  /** How long a way may carry nothing before its connections end at both sides, in ms. @defaultValue 4_000 */
  readonly heartbeatTimeout?: number;
}

export class Ways {
  readonly #runtime: Runtime;
  readonly #options: WayOptions;
  /** Ways that carry nothing, and since when. */
  readonly #dead = new Map<string, number>();
  /** Ways that carry so many bytes in a second, of each connection. */
  readonly #narrow = new Map<string, number>();

  constructor(runtime: Runtime, options: WayOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /** It carries nothing from now on; `givenUp` is called once heartbeats have given it up. */
  block(from: string, to: string, givenUp: () => void): void {
    const way = wayOf(from, to);
    if (this.#dead.has(way)) return;
    const since = this.#runtime.monotonic();
    this.#dead.set(way, since);
    const { heartbeatTimeout = 4_000 } = this.#options;
    this.#runtime.setTimeout(() => {
      if (this.#dead.get(way) === since) givenUp();
    }, heartbeatTimeout);
  }

  unblock(from: string, to: string): void {
    this.#dead.delete(wayOf(from, to));
  }

  throttle(from: string, to: string, bytesPerSecond: number): void {
    this.#narrow.set(wayOf(from, to), bytesPerSecond);
  }

  heal(): void {
    this.#dead.clear();
    this.#narrow.clear();
  }

  carries(from: string, to: string): boolean {
    return this.#dead.size === 0 || !this.#dead.has(wayOf(from, to));
  }

  /** How long a frame is on its way once its last byte has left, in ms. */
  latency(from: string, to: string): number {
    return this.#options.latency?.(from, to) ?? 0;
  }

  /** How long it takes until the last of so many bytes has left, in ms. */
  sending(from: string, to: string, bytes: number): number {
    if (this.#narrow.size === 0) return 0;
    return (1_000 * bytes) / (this.#narrow.get(wayOf(from, to)) ?? Number.POSITIVE_INFINITY);
  }
}

function wayOf(from: string, to: string): string {
  return `${from}>${to}`;
}
