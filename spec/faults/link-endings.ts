/**
 * Link endings: in which words links of an attacker have ended, and how often.
 */
import type { ExecutionContext } from 'ava';
import { kindOf } from '../../actors/kinds.js';
import type { Ending } from '../helpers/sealed-member.js';

/** Words with which links have ended, numbers in them left out, and how often; the most frequent first. */
export type Words = readonly (readonly [words: string, count: number])[];

/** How links have ended. */
export class Endings {
  readonly #t: ExecutionContext;
  readonly #codes = new Map<string, number>();
  readonly #kinds = new Map<string, number>();

  constructor(t: ExecutionContext) {
    this.#t = t;
  }

  note({ code, reason }: Ending): void {
    if (reason.length < 5) this.#t.fail(`a link has ended without words: ${code} ${reason}`);
    this.#codes.set(code, this.count(code) + 1);
    const kind = `${code}: ${kindOf(reason)}`;
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
  }

  count(code: Ending['code']): number {
    return this.#codes.get(code) ?? 0;
  }

  get kinds(): Words {
    return [...this.#kinds].sort(([, a], [, b]) => b - a);
  }
}
