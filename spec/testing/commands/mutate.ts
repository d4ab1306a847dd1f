import type { Verb } from './verb.js';

/** Many make a snapshot that comes in pieces. */
const sizes = ['10', '10', '30000'];

/** A node writes so many bytes into the stores. */
export const mutate: Verb = {
  name: 'mutate',
  weight: 6,
  aim(model, draw) {
    const process = draw.one(model.active.filter(({ node }) => model.marks.reaches(node.name)));
    return process && [process.name, draw.amount(sizes)];
  },
  act: (model, name = '', bytes) => model.marks.add(model.cluster.node(name), Number(bytes)),
};
