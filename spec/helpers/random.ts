/**
 * Random: chance that can be repeated. The same seed gives the same choices.
 */
import { mulberry32 } from '../../testing/mulberry32.js';

export class Random {
  readonly #nextBits: () => number;

  constructor(seed: number) {
    this.#nextBits = mulberry32(seed);
  }

  /** A whole number from `min` up to, and without, `max`. */
  int(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min));
  }

  isLucky(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<const T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length)] as T;
  }

  /** From 0 up to, and without, 1. */
  #next(): number {
    return this.#nextBits() / 0x1_0000_0000;
  }
}
