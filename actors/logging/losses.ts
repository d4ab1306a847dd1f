/**
 * Losses of records, told in bursts: the first of a burst starts it; a moment later one line and one
 * `Muster::log_records_lost` per stream and reason say how many there were in all.
 */
import type { Runtime, TimerHandle } from '../../runtime.js';

/** How long a burst is gathered, in ms. */
const burstInterval = 100;

export interface RecordLoss {
  readonly stream: string;
  readonly count: number;
  readonly reason: string;
}

export class RecordLosses {
  readonly #runtime: Runtime;
  readonly #tell: (loss: RecordLoss) => void;
  readonly #burst = new Map<string, RecordLoss>();
  #timer: TimerHandle | undefined;

  constructor(runtime: Runtime, tell: (loss: RecordLoss) => void) {
    this.#runtime = runtime;
    this.#tell = tell;
  }

  note(loss: RecordLoss): void {
    const key = `${loss.stream} ${loss.reason}`;
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
