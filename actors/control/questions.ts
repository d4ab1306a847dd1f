/**
 * Questions: the requests of a control node that wait for an answer. Each is settled once: by its answer, by the end of the
 * peer, or by its deadline.
 */
import { MusterError } from '../../errors.js';
import { type Runtime, type TimerHandle, toHex } from '../../runtime.js';

interface Question {
  readonly node: string;
  readonly settle: (answer: unknown) => void;
  readonly timer: TimerHandle;
}

export class Questions {
  readonly #runtime: Runtime;
  readonly #waiting = new Map<string, Question>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Asks `node` by way of `send`, which is given the id of the question.
   * @returns the answer, or why there is none.
   */
  ask(node: string, timeout: number, send: (id: string) => void): Promise<unknown> {
    // Not a number: an answer to an earlier lifetime of this node must not fit.
    const id = toHex(this.#runtime.randomBytes(8));
    return new Promise((resolve) => {
      const timer = this.#runtime.setTimeout(() => this.#settle(id, late(node, timeout)), timeout);
      this.#waiting.set(id, { node, settle: resolve, timer });
      try {
        send(id);
      } catch (thrown) {
        this.#settle(id, thrown);
      }
    });
  }

  /** @returns false if `node` was not asked that, or not any more. */
  answered(node: string, id: string, answer: unknown): boolean {
    if (this.#waiting.get(id)?.node !== node) return false;
    this.#settle(id, answer);
    return true;
  }

  /** The node is down, or this one leaves: it will not answer. */
  down(node: string): void {
    for (const [id, question] of this.#waiting) {
      if (question.node === node) this.#settle(id, unreachable(node, 'went down before it answered'));
    }
  }

  #settle(id: string, answer: unknown): void {
    const question = this.#waiting.get(id);
    if (question === undefined) return;
    this.#waiting.delete(id);
    this.#runtime.clearTimeout(question.timer);
    question.settle(answer);
  }
}

export function unreachable(node: string, why: string): MusterError {
  return new MusterError('MUSTER_CONTROL_UNREACHABLE', `${node} ${why}`);
}

export function late(node: string, timeout: number): MusterError {
  return new MusterError(
    'MUSTER_CONTROL_TIMEOUT',
    `${node} has not answered within ${timeout} ms; it may still act on it`,
  );
}
