/**
 * A node whose process ends in a certain way, under load: by itself after it has left, by `process.exit`, by an error
 * that nobody catches. No channel to its parent, or anything else of its own, would keep it alive.
 *
 *   node node-process-endings.js leave|exit|throw|reject|abandon '{"name": …, "layout": …, "options": …, "flows": […]}'
 */
import { type ClusterNode, joinCluster } from 'muster';
import { Counting } from './counting.js';
import type { Assignment } from './node-process.js';

const endings: Record<string, (node: ClusterNode) => unknown> = {
  async leave(node) {
    await node.leave();
    console.log('left');
  },
  exit: () => process.exit(7),
  throw() {
    setImmediate(() => {
      throw new Error('thrown on purpose');
    });
  },
  reject: () => void Promise.reject(new Error('rejected on purpose')),
};

const [ending = '', assignment = ''] = process.argv.slice(2);
const { flows, ...options } = JSON.parse(assignment) as Assignment;
const node = await joinCluster({
  ...options,
  setup(node) {
    const counting = new Counting(node);
    counting.begin(flows);
    // At the height of traffic in both directions.
    node.on('Cluster::node_up', async (_name, id) => {
      await counting.received(id, 1_000);
      endings[ending]?.(node);
    });
  },
});
if (flows.length === 0) await endings[ending]?.(node);
