/** Exposes what tests call, publishes ticks at worker-1, and writes what it is told. */
import type { ClusterNode } from '../../../index.js';

export default function exposes(node: ClusterNode): void {
  node.control.expose('greet', (...args: unknown[]) => ({ node: node.name, args }));
  node.control.expose('never', () => new Promise(() => {}));
  node.control.expose('throws', () => {
    throw new Error('no luck');
  });
  node.on('App::note', (...args: unknown[]) => console.log(`note ${JSON.stringify(args)} from ${node.eventSender()}`));
  if (node.name !== 'worker-1') return;
  let ticks = 0;
  const timer = setInterval(() => {
    node.publish(node.options.managerTopic, 'App::tick', ticks++, new Date(0));
  }, 20);
  node.on('Muster::leaving', () => clearInterval(timer));
}
