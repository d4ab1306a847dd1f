/**
 * The cluster of this example: a manager, which has the master of the store, and three workers, which have clones.
 * As in examples/scan-detection, the port is a free one, so that it starts wherever you try it.
 */
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
