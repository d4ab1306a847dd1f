/**
 * A bootstrap script for a test of `muster reload`: worker-1 publishes numbers to the manager, as many as it takes, until the
 * manager tells it to stop; the manager tells a test, over a unix socket whose path is its first argument, what it has heard.
 */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { ClusterNode } from '../../../actors/cluster-node.js';

export default async function counter(node: ClusterNode): Promise<void> {
  const [path = ''] = process.argv.slice(2);
  if (node.name === 'manager') {
    const socket = createConnection(path).unref();
    await once(socket, 'connect');
    let [next, mistakes, connections] = [0, 0, 0];
    node.on('App::number', (number: number) => {
      if (number !== next) mistakes += 1;
      next = number + 1;
    });
    node.on('Cluster::node_up', (name) => {
      if (name === 'worker-1') connections += 1;
    });
    // What the test asks is answered with a line.
    socket.on('data', () => socket.write(`${JSON.stringify({ heard: next, mistakes, connections })}\n`));
    socket.on('error', () => {});
  }
  if (node.name === 'worker-1') {
    let number = 0;
    const publish = async () => {
      while (node.state !== 'leaving' && node.state !== 'left') {
        for (let i = 0; i < 20; i++) node.publish(node.nodeTopic('manager'), 'App::number', number++);
        await node.drained();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    node.ready().then(publish);
  }
}
