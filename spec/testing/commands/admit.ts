import type { Verb } from './verb.js';

/** Connections to a node are taken again. */
export const admit: Verb = {
  name: 'admit',
  weight: 1,
  aim(model, draw) {
    const process = draw.one(model.processes);
    return process && [process.name];
  },
  act: (model, name = '') => model.cluster.admit(name),
};
