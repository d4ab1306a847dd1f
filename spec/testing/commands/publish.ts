import { pair, type Verb } from './verb.js';

/** Few that are small, one that leaves in pieces. */
const bursts = ['5 10', '1 10', '50 300', '1 150000'];

/** Numbers from a node to a peer: how many, and bytes of each. */
export const publish: Verb = {
  name: 'publish',
  weight: 8,
  aim(model, draw) {
    const two = pair(model, draw, model.active);
    return two && [...two, ...draw.amount(bursts).split(' ')];
  },
  act(model, name = '', peer = '', count, bytes) {
    const witness = model.witnessOf(model.cluster.node(name));
    for (let i = 0; i < Number(count); i++) witness.publish(peer, Number(bytes));
  },
};
