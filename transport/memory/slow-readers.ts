/**
 * Slow readers: hosts that take what has come more slowly than it comes, all their connections together, as a process does
 * whose handlers are busy.
 */
export class SlowReaders {
  /** Bytes that a host takes in a second. */
  readonly #rates = new Map<string, number>();
  /** When a host has taken all that has come. */
  readonly #busyUntil = new Map<string, number>();

  slow(host: string, bytesPerSecond: number): void {
    this.#rates.set(host, bytesPerSecond);
  }

  heal(): void {
    this.#rates.clear();
  }

  /** When a host has taken so many bytes that come now. */
  take(host: string, bytes: number, now: number): number {
    const rate = this.#rates.get(host);
    if (rate === undefined) return now;
    const taken = Math.max(now, this.busyUntil(host)) + (1_000 * bytes) / rate;
    this.#busyUntil.set(host, taken);
    return taken;
  }

  busyUntil(host: string): number {
    return this.#busyUntil.get(host) ?? 0;
  }

  /** The host is gone, with what it has not taken. */
  forget(host: string): void {
    this.#busyUntil.delete(host);
  }
}
