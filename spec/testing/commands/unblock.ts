import { pair, type Verb } from './verb.js';

/** What was held up between two nodes comes, both ways. */
export const unblock: Verb = {
  name: 'unblock',
  weight: 2,
  aim: (model, draw) => pair(model, draw),
  act(model, one = '', other = '') {
    model.cluster.unblock(one, other);
    model.cluster.unblock(other, one);
  },
};
