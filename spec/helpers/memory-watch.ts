/**
 * Memory watch: how much memory a process takes at most, by looking often.
 */

/** ms between two looks. */
const interval = 50;

/** Resident memory, in bytes. */
export interface MemoryUse {
  readonly before: number;
  readonly peak: number;
  readonly now: number;
}

export class MemoryWatch {
  #before = 0;
  #peak = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Since it was first asked for; it watches from then on. */
  get use(): MemoryUse {
    this.#timer ??= setInterval(() => this.#look(), interval).unref();
    this.#look();
    if (this.#before === 0) this.#before = this.#peak;
    return { before: this.#before, peak: this.#peak, now: process.memoryUsage.rss() };
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }
}
