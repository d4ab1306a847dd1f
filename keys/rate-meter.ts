/**
 * Rate meter: how often something may happen, for each of many.
 * A bucket for each that fills by `rate` tokens a second, up to that many.
 */
import type { Runtime } from '../runtime.js';

/** Buckets that are kept at most; beyond, the oldest go, and are full when they come back. */
const maxBuckets = 4_096;

interface Bucket {
  tokens: number;
  at: number;
}

export class RateMeter {
  readonly #runtime: Pick<Runtime, 'monotonic'>;
  readonly #rate: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(runtime: Pick<Runtime, 'monotonic'>, rate: number) {
    this.#runtime = runtime;
    this.#rate = rate;
  }

  /** Whether it may happen to `who` now; if so, it counts. */
  takes(who: string): boolean {
    const now = this.#runtime.monotonic();
    const bucket = this.#buckets.get(who) ?? { tokens: this.#rate, at: now };
    this.#buckets.delete(who);
    this.#buckets.set(who, bucket);
    if (this.#buckets.size > maxBuckets) this.#forgetOldest();
    bucket.tokens = Math.min(this.#rate, bucket.tokens + ((now - bucket.at) * this.#rate) / 1_000);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #forgetOldest(): void {
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
