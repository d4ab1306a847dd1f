/**
 * Handshakes: finds out how many connections to a listener came to nothing without a word.
 * A client of another socket type is turned away with the events `accept` and `disconnect`, and neither says whose
 * they are. So connections are counted: whichever has neither shaken hands nor failed within the time for it, is one.
 */
import type { Runtime, TimerHandle } from '../../runtime.js';

export class Handshakes {
  readonly #runtime: Runtime;
  readonly #timeout: number;
  readonly #failed: (count: number) => void;
  /** Accepted, and not known to have shaken hands or failed. */
  #pending = 0;
  /** Failures whose `disconnect` has not come yet. */
  #closing = 0;
  /** Whether a connection ended while some were pending, which may have been one of them. */
  #doubtful = false;
  /** Set while some are judged: how many were pending when it began, and how many were settled since. */
  #trial: { readonly suspects: number; settled: number; readonly timer: TimerHandle } | undefined;

  /** `timeout`: ms after which libzmq itself ends a handshake. */
  constructor(runtime: Runtime, timeout: number, failed: (count: number) => void) {
    this.#runtime = runtime;
    this.#timeout = timeout;
    this.#failed = failed;
  }

  accepted(): void {
    this.#pending++;
  }

  succeeded(): void {
    this.#settle(1);
  }

  /** It failed with an error of its own, and its `disconnect` follows. */
  broke(): void {
    this.#closing++;
    this.#settle(1);
  }

  disconnected(): void {
    if (this.#closing > 0) this.#closing--;
    else if (this.#pending > 0) this.#doubt();
  }

  close(): void {
    if (this.#trial !== undefined) this.#runtime.clearTimeout(this.#trial.timer);
    this.#trial = undefined;
  }

  #settle(count: number): void {
    this.#pending = Math.max(0, this.#pending - count);
    if (this.#trial !== undefined) this.#trial.settled += count;
  }

  #doubt(): void {
    this.#doubtful = true;
    if (this.#trial !== undefined) return;
    const timer = this.#runtime.setTimeout(() => this.#judge(), this.#timeout);
    this.#trial = { suspects: this.#pending, settled: 0, timer };
    this.#doubtful = false;
  }

  #judge(): void {
    const { suspects, settled } = this.#trial ?? { suspects: 0, settled: 0 };
    this.#trial = undefined;
    // Some that were settled may have been younger than the suspects; then the rest is found the next time.
    const failed = Math.max(0, suspects - settled);
    this.#settle(failed);
    if (this.#doubtful && this.#pending > 0) this.#doubt();
    if (failed > 0) this.#failed(failed);
  }
}
