/**
 * Losses: events that will never arrive, told in bursts.
 * The first of a burst starts it; a moment later one line and one `Muster::events_lost` per peer and reason say how many
 * there were in all.
 */
import type { Runtime, TimerHandle } from '../runtime.js';
import type { LossReason } from '../transport/frames/frames.js';

/** How long a burst is gathered, in ms. */
const burstInterval = 100;

export interface Loss {
  readonly name: string;
  readonly id: string;
  readonly count: number;
  readonly reason: LossReason;
}

export class Losses {
  readonly #runtime: Runtime;
  readonly #tell: (loss: Loss) => void;
  readonly #burst = new Map<string, Loss>();
  #timer: TimerHandle | undefined;

  constructor(runtime: Runtime, tell: (loss: Loss) => void) {
    this.#runtime = runtime;
    this.#tell = tell;
  }

  note(loss: Loss): void {
    const key = `${loss.id} ${loss.reason}`;
    const count = (this.#burst.get(key)?.count ?? 0) + loss.count;
    this.#burst.set(key, { ...loss, count });
    this.#timer ??= this.#runtime.setTimeout(() => this.flush(), burstInterval);
  }

  /** Tells what has been gathered. */
  flush(): void {
    this.#runtime.clearTimeout(this.#timer);
    this.#timer = undefined;
    const losses = [...this.#burst.values()];
    this.#burst.clear();
    for (const loss of losses) this.#tell(loss);
  }
}
