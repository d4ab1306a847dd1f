/**
 * Command: a verb with what was drawn for it, as fast-check runs and shrinks it.
 */
import fc from 'fast-check';
import type { Model } from '../model.js';
import { Draw, type Verb } from './verb.js';
import { verbs } from './verbs.js';

export class Command implements fc.AsyncCommand<Model, Model> {
  readonly #verb: Verb;
  readonly #draw: Draw;

  constructor(verb: Verb, draw: Draw) {
    this.#verb = verb;
    this.#draw = draw;
  }

  check(model: Model): boolean {
    return this.#verb.aim(model, this.#draw) !== undefined;
  }

  async run(model: Model): Promise<void> {
    const words = this.#verb.aim(model, this.#draw) as readonly string[];
    await perform(model, [this.#verb.name, ...words]);
  }

  toString(): string {
    return this.#verb.name;
  }
}

/** Does what a step says. @throws Error with the first fault that it brings about. */
export async function perform(model: Model, words: readonly string[]): Promise<void> {
  const [name, ...others] = words;
  const verb = verbs.find((one) => one.name === name);
  if (verb === undefined) throw new Error(`no step is called ${name}`);
  await model.take(words, () => verb.act(model, ...others));
}

/** Half of what is done is done to few nodes: what two faults do to one peering is seen only if they strike the same. */
const number = fc.oneof(fc.nat(59), fc.nat(1));

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  ...verbs.map((verb) => ({
    weight: verb.weight,
    arbitrary: fc.tuple(number, number, number).map((drawn) => new Command(verb, new Draw(...drawn))),
  })),
);
