/**
 * Garbage: tells, at most once a second and reason, what came to a port that was no frame of a link.
 * The first time is told at once. No timer runs while nothing comes.
 */
import type { Runtime, TimerHandle } from '../runtime.js';

const interval = 1_000;

interface Held {
  count: number;
  timer: TimerHandle;
}

export class GarbageReports {
  readonly #runtime: Runtime;
  readonly #tell: (reason: string, count: number) => void;
  /** Reasons that were told within the last second, with what came since. */
  readonly #held = new Map<string, Held>();

  constructor(runtime: Runtime, tell: (reason: string, count: number) => void) {
    this.#runtime = runtime;
    this.#tell = tell;
  }

  /** `reason` comes from a short list: each is remembered for a second. */
  count(reason: string, times = 1): void {
    const held = this.#held.get(reason);
    if (held === undefined) this.#report(reason, times);
    else held.count += times;
  }

  close(): void {
    for (const { timer } of this.#held.values()) this.#runtime.clearTimeout(timer);
    this.#held.clear();
  }

  #report(reason: string, count: number): void {
    const timer = this.#runtime.setTimeout(() => {
      const later = this.#held.get(reason)?.count ?? 0;
      this.#held.delete(reason);
      if (later > 0) this.#report(reason, later);
    }, interval);
    this.#held.set(reason, { count: 0, timer });
    this.#tell(reason, count);
  }
}
