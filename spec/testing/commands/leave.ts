import type { Verb } from './verb.js';

/** A node begins to leave; time is not waited for. */
export const leave: Verb = {
  name: 'leave',
  weight: 1,
  aim(model, draw) {
    const process = draw.one(model.active);
    return process && [process.name];
  },
  act: (model, name = '') => model.leave(name),
};
