/**
 * Inquiries: questions to another process that are answered by number. Each is settled once: by its answer, by the end of
 * the process, or by its deadline.
 */
import type { Runtime } from '../runtime.js';

export class Inquiries<T> {
  readonly #runtime: Pick<Runtime, 'setTimeout' | 'clearTimeout'>;
  readonly #waiting = new Map<number, (answer: T) => void>();
  #last = 0;

  constructor(runtime: Pick<Runtime, 'setTimeout' | 'clearTimeout'>) {
    this.#runtime = runtime;
  }

  /** Asks by way of `send`. @returns the answer, or `late` after `timeout` ms */
  async ask(timeout: number, late: T, send: (number: number) => void): Promise<T> {
    const number = ++this.#last;
    const answered = new Promise<T>((resolve) => this.#waiting.set(number, resolve));
    const timer = this.#runtime.setTimeout(() => this.answer(number, late), timeout);
    send(number);
    const answer = await answered;
    this.#runtime.clearTimeout(timer);
    return answer;
  }

  /** Does nothing if nobody waits for it, or not any more. */
  answer(number: number, answer: T): void {
    this.#waiting.get(number)?.(answer);
    this.#waiting.delete(number);
  }

  /** Nobody will answer any more. */
  end(answer: T): void {
    for (const number of this.#waiting.keys()) this.answer(number, answer);
  }
}
