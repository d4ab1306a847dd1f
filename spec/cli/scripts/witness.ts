/**
 * A bootstrap script that tells a test what happens at its node, over a unix socket whose path is its first argument.
 * That the connection ends tells the test that the process has.
 */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { ClusterNode } from '../../../actors/cluster-node.js';

/** What the test is told. */
export type Testimony =
  | {
      readonly type: 'born';
      readonly name: string;
      readonly pid: number;
      readonly args: readonly string[];
      readonly variable: string | undefined;
      readonly retryInterval: number;
      readonly stateDir: string;
    }
  | { readonly type: 'ready' }
  | { readonly type: 'up' | 'down'; readonly peer: string };

/** What the test may order: to leave, to block the event loop for good, to write a line. */
export type Order = 'leave' | 'hang' | 'print';

export default async function witness(node: ClusterNode): Promise<void> {
  const [path = '', ...args] = process.argv.slice(2);
  const socket = createConnection(path).unref();
  await once(socket, 'connect');
  const tell = (testimony: Testimony) => socket.write(`${JSON.stringify(testimony)}\n`);

  const { retryInterval, stateDir } = node.options;
  const { pid, env } = process;
  tell({ type: 'born', name: node.name, pid, args, variable: env.CLUSTER_NODE, retryInterval, stateDir });
  node.ready().then(() => tell({ type: 'ready' }));
  node.on('Cluster::node_up', (peer) => tell({ type: 'up', peer }));
  node.on('Cluster::node_down', (peer) => tell({ type: 'down', peer }));
  socket.on('error', () => {});
  socket.on('data', (order) => obey(`${order}` as Order, node));
}

function obey(order: Order, node: ClusterNode): void {
  if (order === 'leave') node.leave();
  if (order === 'print') process.stdout.write('a line on stdout\n') && process.stderr.write('a line on stderr\n');
  while (order === 'hang') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
