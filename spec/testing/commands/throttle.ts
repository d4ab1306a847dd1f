import { pair, type Verb } from './verb.js';

/** A way that carries little: bytes in a second. */
export const throttle: Verb = {
  name: 'throttle',
  weight: 1,
  aim(model, draw) {
    const two = pair(model, draw);
    return two && [...two, draw.amount(['100000', '30000'])];
  },
  act: (model, from = '', to = '', rate) => model.cluster.throttle(from, to, Number(rate)),
};
