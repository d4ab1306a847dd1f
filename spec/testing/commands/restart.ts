import type { Verb } from './verb.js';

/** A process dies and is started again at once: as another lifetime, or with the id of the dead one. */
export const restart: Verb = {
  name: 'restart',
  weight: 2,
  aim(model, draw) {
    const process = draw.one(model.processes.filter(({ name }) => model.names.includes(name)));
    return process && [process.name, draw.amount(['anew', 'anew', 'same-id'])];
  },
  async act(model, name = '', how) {
    const { id } = model.cluster.node(name);
    model.crash(name);
    if (how === 'same-id') {
      model.reusedIds.add(id);
      model.marks.confuse(id);
    }
    await model.start(name, how === 'same-id' ? { id } : {});
  },
};
