/**
 * Random: chance that can be repeated. The same seed gives the same choices.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
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

  /** From 0 up to, and without, 1. The generator is mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
  }
}
