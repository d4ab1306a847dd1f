import type { Verb } from './verb.js';

/** The event loop of a process goes on. */
export const thaw: Verb = {
  name: 'thaw',
  weight: 2,
  aim(model, draw) {
    const name = draw.one([...model.frozen]);
    return name === undefined ? undefined : [name];
  },
  act: (model, name = '') => model.thaw(name),
};
