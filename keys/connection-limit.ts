/**
 * Connection limit: how many connections one address may have open at a listener.
 * Nobody tells whose connection has ended. So those that are admitted are counted, and once they are as many as there may be, the
 * system is asked how many there are: the count is never too low, and what is too high in it does not last.
 */
import type { Runtime } from '../runtime.js';
import { Remembered } from './remembered.js';

/** Between two questions about an address, in ms: the answer may take some milliseconds of a processor. */
const pause = 1_000;

interface Known {
  /** Connections that it has open, at most. */
  atMost: number;
  /** When the system was asked last, in ms. */
  askedAt: number;
}

export class ConnectionLimit {
  readonly #runtime: Pick<Runtime, 'monotonic'>;
  readonly #max: number;
  readonly #known = new Remembered<Known>(() => ({ atMost: 0, askedAt: Number.NEGATIVE_INFINITY }));

  constructor(runtime: Pick<Runtime, 'monotonic'>, max: number) {
    this.#runtime = runtime;
    this.#max = max;
  }

  /**
   * Whether `from` may have one more; if so, it counts. Called for one connection at a time.
   * @param count - Tells how many it has open, the one in question included; `undefined` if that cannot be found out: then there is
   * no limit.
   */
  async takes(from: string, count: () => Promise<number | undefined>): Promise<boolean> {
    const known = this.#known.of(from);
    const now = this.#runtime.monotonic();
    if (known.atMost >= this.#max && now - known.askedAt >= pause) {
      const counted = await count();
      if (counted === undefined) return true;
      known.askedAt = now;
      known.atMost = counted - 1;
    }
    if (known.atMost >= this.#max) return false;
    known.atMost += 1;
    return true;
  }
}
