/** A cluster of eight nodes for the page to look at: workers that publish to their manager. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { ClusterNode } from '../../index.js';
import { place } from '../cli/workbench.js';
import { freePorts } from '../helpers/ports.js';

export async function eightNodes(t: ExecutionContext): Promise<{ readonly layout: string; readonly script: string }> {
  const [logger = 0, manager = 0, ...proxies] = await freePorts(4);
  const ip = '127.0.0.1';
  const workers = ['worker-1', 'worker-2', 'worker-3', 'worker-4'];
  const { layout } = place(t, [], {
    logger: { nodeType: 'logger', ip, port: logger },
    manager: { nodeType: 'manager', ip, port: manager },
    ...Object.fromEntries(
      proxies.map((port, index) => [`proxy-${index + 1}`, { nodeType: 'proxy' as const, ip, port }]),
    ),
    ...Object.fromEntries(workers.map((name) => [name, { nodeType: 'worker' as const, ip }])),
  });
  return { layout, script: fileURLToPath(import.meta.url) };
}

/** A node that comes back waits for so long before it connects, in ms: its peers notice that it was away. */
const absence = 5_000;

/** The bootstrap script of each node. */
export default async function run(node: ClusterNode): Promise<void> {
  const seen = join(node.options.stateDir, `${node.name}.seen`);
  if (existsSync(seen)) await sleep(absence);
  writeFileSync(seen, '');
  node.on('App::reading', () => {});
  if (node.localNodeType() !== 'worker') return;
  const timer = setInterval(() => {
    for (let index = 0; index < 20; index += 1) node.publish(node.options.managerTopic, 'App::reading', index);
  }, 50);
  node.closed.finally(() => clearInterval(timer));
}
