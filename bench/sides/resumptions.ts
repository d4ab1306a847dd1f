/**
 * Resumptions: when the first event came on each connection of a subscriber.
 */
import { monotonic } from '../harness/monotonic.js';

export class Resumptions {
  readonly #times: number[] = [];
  #isDue = false;
  #told: (() => void) | undefined;

  /** A new connection stands: the next event is the first on it. */
  connected(): void {
    this.#isDue = true;
  }

  event(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#times.push(monotonic());
    this.#told?.();
  }

  /** Resolves when an event has come on so many connections, with the time of the last of these. */
  async first(connections: number): Promise<number> {
    while (this.#times.length < connections) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
    return this.#times[connections - 1] as number;
  }
}
