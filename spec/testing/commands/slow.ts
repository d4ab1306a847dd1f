import type { Verb } from './verb.js';

/** A node that reads slowly: bytes in a second. */
export const slow: Verb = {
  name: 'slow',
  weight: 1,
  aim(model, draw) {
    const process = draw.one(model.processes);
    return process && [process.name, draw.amount(['200000', '50000'])];
  },
  act: (model, name = '', rate) => model.cluster.slow(name, Number(rate)),
};
