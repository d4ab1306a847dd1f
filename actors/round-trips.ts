/**
 * Round trips: how long a peer takes to answer a ping. Pings go out when nothing else does, so a busy link has none.
 */
import type { Runtime } from '../runtime.js';
import { delayBounds, Histogram } from './histogram.js';

export class RoundTrips {
  /** In seconds. */
  readonly times = new Histogram(delayBounds);
  readonly #runtime: Pick<Runtime, 'monotonic'>;
  #askedAt: number | undefined;
  #last: number | undefined;

  constructor(runtime: Pick<Runtime, 'monotonic'>) {
    this.#runtime = runtime;
  }

  /** The last one, in ms; undefined before the first. */
  get last(): number | undefined {
    return this.#last;
  }

  /** On a new link nothing was asked yet. */
  begin(): void {
    this.#askedAt = undefined;
  }

  asked(): void {
    this.#askedAt ??= this.#runtime.monotonic();
  }

  /** Answers come in the order of the questions, so this is to the earliest of them. */
  answered(): void {
    if (this.#askedAt === undefined) return;
    this.#last = this.#runtime.monotonic() - this.#askedAt;
    this.times.observe(this.#last / 1_000);
    this.#askedAt = undefined;
  }
}
