import type { Verb } from './verb.js';

/** Some nodes are parted from all others, or only unheard by them. */
export const partition: Verb = {
  name: 'partition',
  weight: 1,
  aim(model, draw) {
    const some = model.names.filter((_, i) => (draw.amount([1, 2, 5, 6, 11, 13]) >> (i % 4)) & 1);
    if (some.length === 0 || some.length === model.names.length) return undefined;
    return [draw.one(['both-ways', 'one-way']) as string, ...some];
  },
  act: (model, how, ...some) => model.cluster.partition(some, undefined, { oneWay: how === 'one-way' }),
};
