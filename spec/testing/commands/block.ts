import { pair, type Verb } from './verb.js';

/** Nothing gets from one node to another: a half-open link. */
export const block: Verb = {
  name: 'block',
  weight: 3,
  aim(model, draw) {
    const two = pair(model, draw);
    return two && draw.amount([[...two], [...two].reverse()]);
  },
  act: (model, from = '', to = '') => model.cluster.block(from, to),
};
