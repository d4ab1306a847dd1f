import type { Verb } from './verb.js';

/** The event loop of a process stands still. */
export const freeze: Verb = {
  name: 'freeze',
  weight: 1,
  aim(model, draw) {
    const process = draw.one(model.processes.filter(({ name }) => !model.frozen.has(name)));
    return process && [process.name];
  },
  act: (model, name = '') => model.freeze(name),
};
