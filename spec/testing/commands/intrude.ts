import type { Verb } from './verb.js';

/** A process under a name that only its own layout has. */
export const intrude: Verb = {
  name: 'intrude',
  weight: 1,
  aim: (model) => (model.cluster.running.includes('stranger') || model.marks.master === undefined ? undefined : []),
  async act(model) {
    const { layout } = model.cluster;
    const stranger = { nodeType: 'worker', ip: '127.0.0.1', manager: model.marks.master as string } as const;
    await model.cluster.start('stranger', { layout: { ...layout, stranger } });
  },
};
