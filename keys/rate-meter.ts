/**
 * Rate meter: how often something may happen, for each of many.
 * A bucket for each that fills by `rate` tokens a second, up to that many.
 */
import type { Runtime } from '../runtime.js';
import { Remembered } from './remembered.js';

interface Bucket {
  tokens: number;
  at: number;
}

export class RateMeter {
  readonly #runtime: Pick<Runtime, 'monotonic'>;
  readonly #rate: number;
  /** Those that are forgotten are full when they come back. */
  readonly #buckets: Remembered<Bucket>;

  constructor(runtime: Pick<Runtime, 'monotonic'>, rate: number) {
    this.#runtime = runtime;
    this.#rate = rate;
    this.#buckets = new Remembered(() => ({ tokens: rate, at: runtime.monotonic() }));
  }

  /** Whether it may happen to `who` now; if so, it counts. */
  takes(who: string): boolean {
    const bucket = this.#buckets.of(who);
    const now = this.#runtime.monotonic();
    bucket.tokens = Math.min(this.#rate, bucket.tokens + ((now - bucket.at) * this.#rate) / 1_000);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
