/** The cluster of this example: a manager and three workers; the port is a free one, as in examples/scan-detection. */
import type { LayoutDefinition } from 'muster';
import { freePort } from '../scan-detection/cluster-layout.ts';

const ip = '127.0.0.1';

export default async function layout(): Promise<LayoutDefinition> {
  return {
    manager: { nodeType: 'manager', ip, port: await freePort() },
    'worker-1': { nodeType: 'worker', ip, manager: 'manager' },
    'worker-2': { nodeType: 'worker', ip, manager: 'manager' },
    'worker-3': { nodeType: 'worker', ip, manager: 'manager' },
  };
}
