import { pair, type Verb } from './verb.js';

/** The connections of two nodes end, with what is on its way. */
export const cut: Verb = {
  name: 'cut',
  weight: 4,
  aim: (model, draw) => pair(model, draw),
  act: (model, one = '', other = '') => model.cluster.cut(one, other),
};
