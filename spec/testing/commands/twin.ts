import { connectsTo } from '../../../layout/topology.js';
import type { Model } from '../model.js';
import type { Verb } from './verb.js';

/** A second process under the name of a node that runs. One that listens cannot have one: its port is taken. */
export const twin: Verb = {
  name: 'twin',
  weight: 1,
  aim(model, draw) {
    const process = draw.one(
      model.processes.filter(({ name, node }) => name === node.name && model.isOurs(node) && isDecided(model, name)),
    );
    return process && [process.name];
  },
  act: (model, name = '') => model.twin(name),
};

/** Whether somebody decides which of two processes may have the name, or there can be no second one. */
function isDecided(model: Model, name: string): boolean {
  const { layout } = model.cluster;
  if (layout[name]?.port !== undefined) return true;
  if (name === model.marks.master) return false;
  return connectsTo(layout, name).some((peer) => ['manager', 'logger'].includes(layout[peer]?.nodeType ?? ''));
}
