import type { Model } from '../model.js';
import type { Verb } from './verb.js';

export function withPort(model: Model): string[] {
  return model.names.filter((name) => model.cluster.layout[name]?.port !== undefined);
}

/** Another program takes a node's port, once that is free. */
export const occupy: Verb = {
  name: 'occupy',
  weight: 1,
  aim(model, draw) {
    const name = draw.one(withPort(model));
    return name === undefined ? undefined : [name];
  },
  act: (model, name = '') => model.cluster.occupy(name),
};
