import { withPort } from './occupy.js';
import type { Verb } from './verb.js';

/** A node's port is free again. */
export const vacate: Verb = {
  name: 'vacate',
  weight: 1,
  aim(model, draw) {
    const name = draw.one(withPort(model));
    return name === undefined ? undefined : [name];
  },
  act: (model, name = '') => model.cluster.vacate(name),
};
