import type { Verb } from './verb.js';

/** A process dies. */
export const crash: Verb = {
  name: 'crash',
  weight: 2,
  aim(model, draw) {
    const process = draw.one(model.processes);
    return process && [process.name];
  },
  act: (model, name = '') => model.crash(name),
};
