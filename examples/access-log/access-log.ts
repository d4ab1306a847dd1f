/**
 * Access log: the script that `muster up … --load access-log.ts` runs in each node before the node connects.
 * Two workers answer requests, made up here, and write each to a log stream; two loggers keep what they write. When all is
 * kept, everybody leaves.
 */
import type { ClusterNode, OptionsInput } from 'muster';

interface Events {
  /** Worker → manager: all my requests are kept. */
  'Access::done': [];
  /** Manager → all: everything is done. Workers leave at once, loggers after the manager. */
  'Access::end': [];
}

/** Requests of each worker. */
const requests = 1_000;

export const options: OptionsInput = { logLevel: 'warn', logFormat: 'tsv' };

export default function accessLog(node: ClusterNode<Events>): void {
  const type = node.localNodeType();
  if (type === 'worker') worker(node);
  if (type === 'manager') manager(node);
  if (type === 'logger') logger(node);
}

function worker(node: ClusterNode<Events>): void {
  const stream = node.createLogStream('Access::LOG', {
    columns: { ts: 'time', worker: 'string', client: 'addr', path: 'string', status: 'count', took: 'interval' },
    policy: (record) => {
      // Nobody reads about health checks, and what comes after a "?" may be a secret.
      if (record.path === '/health') return false;
      return { ...record, path: String(record.path).replace(/\?.*/, '') };
    },
  });
  node.on('Cluster::Experimental::cluster_started', async () => {
    for (let n = 0; n < requests; n++) {
      const path = n % 10 === 0 ? '/health' : `/items/${n % 7}?token=${n}`;
      const hasRoom = stream.write({
        ts: Date.now(),
        worker: node.name,
        client: `10.0.0.${n % 250}`,
        path,
        status: n % 50 === 1 ? 404 : 200,
        took: 1 + (n % 40) / 10,
      });
      if (!hasRoom) await stream.drained();
    }
    await node.flush(); // from here on, no record of ours can get lost
    console.log(`${stream.stats.kept} requests are logged, ${stream.stats.vetoed} health checks are not`);
    node.publish(node.options.managerTopic, 'Access::done');
  });
  node.on('Access::end', () => void node.leave());
}

function manager(node: ClusterNode<Events>): void {
  const busy = new Set(
    Object.entries(node.nodes()).flatMap(([name, { nodeType }]) => (nodeType === 'worker' ? [name] : [])),
  );
  node.on('Access::done', () => {
    busy.delete(node.eventSender() ?? '');
    if (busy.size > 0) return;
    node.publish(node.options.workerTopic, 'Access::end');
    node.publish(node.options.loggerTopic, 'Access::end');
  });
  node.on('Cluster::node_down', () => {
    if (busy.size === 0 && node.getActiveNodeCount('worker') === 0) void node.leave();
  });
}

function logger(node: ClusterNode<Events>): void {
  let isOver = false;
  node.on('Access::end', () => {
    isOver = true;
  });
  node.on('Cluster::node_down', (name) => {
    if (isOver && node.nodes()[name]?.nodeType === 'manager') void node.leave();
  });
}
