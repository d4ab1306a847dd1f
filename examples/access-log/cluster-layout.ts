/**
 * The cluster of this example: two loggers, a manager, and two workers. The ports are free ones, so that it starts wherever
 * you try it.
 */
import type { LayoutDefinition } from 'muster';
import { freePort } from '../scan-detection/cluster-layout.ts';

const ip = '127.0.0.1';

export default async function layout(): Promise<LayoutDefinition> {
  const [one, two, three] = [await freePort(), await freePort(), await freePort()];
  return {
    'logger-1': { nodeType: 'logger', ip, port: one },
    'logger-2': { nodeType: 'logger', ip, port: two },
    manager: { nodeType: 'manager', ip, port: three },
    'worker-1': { nodeType: 'worker', ip, manager: 'manager' },
    'worker-2': { nodeType: 'worker', ip, manager: 'manager' },
  };
}
