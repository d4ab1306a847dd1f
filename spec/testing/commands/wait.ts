import type { Verb } from './verb.js';

const durations = [1, 1_000, 0.5, 3, 20, 100, 6_000, 10_000];

/** Time goes by, in ms. */
export const wait: Verb = {
  name: 'wait',
  weight: 8,
  aim: (_model, draw) => [String(draw.amount(durations))],
  act: (model, ms) => model.cluster.advance(Number(ms)),
};
