/**
 * The program of a node that starts and leaves, and prints the packages of CommonJS that were loaded for it.
 *
 *   node loaded-modules.js STATE_DIR [METRICS_PORT]
 */
import { createRequire } from 'node:module';
import { joinCluster } from 'muster';

const [, , stateDir = '', metricsPort] = process.argv;
const manager = {
  nodeType: 'manager',
  ip: '127.0.0.1',
  ...(metricsPort && { metricsPort: Number(metricsPort) }),
} as const;
const node = await joinCluster({ layout: { manager }, name: 'manager', options: { stateDir } });
node.on('App::event', () => {});
node.publish(node.options.workerTopic, 'App::event');
node.raise('App::event');
await node.leave();
const files = Object.keys(createRequire(import.meta.url).cache);
const packages = files.map((file) => /.*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]);
process.stdout.write(JSON.stringify([...new Set(packages.filter((name) => name !== undefined))]));
