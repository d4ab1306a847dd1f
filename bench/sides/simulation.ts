/**
 * A simulated cluster of ten nodes, as a test would run it.
 */
import { simulateCluster } from '../../testing/index.js';
import { defineRole } from '../harness/role.js';

const ip = '127.0.0.1';
const workers = Array.from({ length: 6 }, (_, i) => `worker-${i + 1}`);
const layout = {
  'logger-1': { nodeType: 'logger', ip, port: 1_000 },
  manager: { nodeType: 'manager', ip, port: 1_001 },
  'proxy-1': { nodeType: 'proxy', ip, port: 1_002 },
  'proxy-2': { nodeType: 'proxy', ip, port: 1_003 },
  ...Object.fromEntries(workers.map((name) => [name, { nodeType: 'worker', ip } as const])),
} as const;
/** Virtual time between two looks at the clock, in ms. */
const stretch = 5_000;

export const simulation = defineRole(import.meta.url, 'simulation', async () => {
  const cluster = await simulateCluster({ layout });
  await cluster.until(() => cluster.running.every((name) => cluster.node(name).state === 'ready'));

  return {
    /**
     * @param rate events that each worker publishes to the manager, in a second of virtual time.
     * @returns virtual seconds that went by in a real one.
     */
    live: async ({ seconds, rate }: { seconds: number; rate: number }): Promise<number> => {
      const [start, before] = [performance.now(), cluster.now];
      while (performance.now() - start < seconds * 1_000) {
        const end = cluster.now + stretch;
        if (rate === 0) await cluster.advance(stretch);
        for (let n = 0; rate > 0 && cluster.now < end; n++) {
          for (const name of workers) cluster.node(name).publish('zeek/cluster/manager', 'App::event', n, name);
          await cluster.advance(1_000 / rate);
        }
      }
      return (cluster.now - before) / (performance.now() - start);
    },
    close: () => {},
  };
});
