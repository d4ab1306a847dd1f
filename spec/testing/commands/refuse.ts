import type { Verb } from './verb.js';

/** Connections to a node are refused. */
export const refuse: Verb = {
  name: 'refuse',
  weight: 1,
  aim(model, draw) {
    const process = draw.one(model.processes);
    return process && [process.name];
  },
  act: (model, name = '') => model.cluster.refuse(name),
};
