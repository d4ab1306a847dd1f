import type { Verb } from './verb.js';

/** A node that does not run is started; if its port is taken, it does not start and says so. */
export const start: Verb = {
  name: 'start',
  weight: 4,
  aim(model, draw) {
    const name = draw.one(model.names.filter((name) => !model.cluster.running.includes(name)));
    return name === undefined ? undefined : [name];
  },
  act: (model, name = '') => model.start(name),
};
