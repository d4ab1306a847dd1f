/**
 * Verb: something that can be done to a simulated cluster, in words: `cut worker-1 manager-1`. What it is done to is drawn,
 * or read from a schedule that was written down.
 */
import type { Model } from '../model.js';

export interface Verb {
  readonly name: string;
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  /** What it can be done to now; `undefined` if nothing. */
  aim(model: Model, draw: Draw): readonly string[] | undefined;
  act(model: Model, ...words: readonly string[]): unknown;
}

/** What was drawn: the same choice from the same list. Each shrinks towards the first of a list. */
export class Draw {
  readonly #one: number;
  readonly #other: number;
  readonly #amount: number;

  constructor(one: number, other: number, amount: number) {
    this.#one = one;
    this.#other = other;
    this.#amount = amount;
  }

  one<T>(list: readonly T[]): T | undefined {
    return list[this.#one % list.length];
  }

  other<T>(list: readonly T[]): T | undefined {
    return list[this.#other % list.length];
  }

  amount<T>(list: readonly T[]): T {
    return list[this.#amount % list.length] as T;
  }
}

/** A process and the name of one of its peers. */
export function pair(model: Model, draw: Draw, from = model.processes.filter(({ node }) => model.isOurs(node))) {
  const one = draw.one(from);
  if (one === undefined) return undefined;
  const peer = draw.other(model.peersOf(one.node.name));
  return peer === undefined ? undefined : ([one.name, peer] as const);
}
