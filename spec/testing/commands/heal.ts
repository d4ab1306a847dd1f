import type { Verb } from './verb.js';

/** Nothing is wrong with the network any more. */
export const heal: Verb = {
  name: 'heal',
  weight: 1,
  aim: () => [],
  act: (model) => model.cluster.heal(),
};
