/**
 * A pool of workers that a manager publishes to: by key, in turn, or to topics that it has looked up before.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { joinCluster, type LayoutDefinition } from '../../index.js';
import { defineRole } from '../harness/role.js';
import { lossesOf } from './muster-stream.js';

export interface PoolInput {
  readonly layout: LayoutDefinition;
  readonly stateDir: string;
  readonly workers: readonly string[];
}

interface Events {
  'Bench::attempt': [source: string, destination: string, port: number, bytes: number, ts: number];
}

export type How = 'publish' | 'publishHrw' | 'publishRr';

/** Different keys; a power of two. */
const keyCount = 65_536;
/** Calls between two looks at the clock. */
const stretch = 1_024;

export const poolPublisher = defineRole(
  import.meta.url,
  'poolPublisher',
  async ({ layout, stateDir, workers }: PoolInput) => {
    const node = await joinCluster<Events>({ layout, name: 'manager', options: { stateDir, logLevel: 'warn' } });
    const { workerPool: pool } = node;
    const keys = Array.from({ length: keyCount }, (_, n) => `10.${n >>> 12}.${(n >>> 6) & 63}.${n & 63}`);
    const numbers = keys.map((_, n) => n * 65_537);
    let topics: string[] = [];
    let published = 0;

    const publish: Record<How, (n: number, key: string) => boolean> = {
      publish: (n, key) => node.publish(topics[n] as string, 'Bench::attempt', key, '192.168.1.1', 22, n, 3.5),
      publishHrw: (n, key) => node.publishHrw(pool, key, 'Bench::attempt', key, '192.168.1.1', 22, n, 3.5),
      publishRr: (n, key) => node.publishRr(pool, '', 'Bench::attempt', key, '192.168.1.1', 22, n, 3.5),
    };

    /** Calls a second of `call`, with one key after the other. */
    function callsPerSecond<K>(seconds: number, of: readonly K[], call: (key: K) => unknown): number {
      const [start, end] = [performance.now(), performance.now() + seconds * 1_000];
      let calls = 0;
      while (performance.now() < end) {
        for (let i = 0; i < stretch; i++, calls++) call(of[calls & (keyCount - 1)] as K);
      }
      return (calls / (performance.now() - start)) * 1_000;
    }

    return {
      /** Resolves once all workers are up. */
      ready: async () => {
        while (pool.aliveCount < workers.length) await turn();
        topics = keys.map((key) => node.hrwTopic(pool, key));
      },
      /** As fast as the node lets it. @returns events a second, until all of them had room. */
      publish: async ({ how, seconds }: { how: How; seconds: number }): Promise<number> => {
        const one = publish[how];
        const [start, end] = [performance.now(), performance.now() + seconds * 1_000];
        let n = 0;
        while (performance.now() < end) {
          let hasRoom = true;
          for (let i = 0; i < stretch && hasRoom; i++, n++) {
            const k = n & (keyCount - 1);
            hasRoom = one(k, keys[k] as string);
          }
          await (hasRoom ? turn() : node.drained());
        }
        published += n;
        return (n / (performance.now() - start)) * 1_000;
      },
      /** @returns picks a second, by key. */
      pick: (seconds: number) => ({
        strings: callsPerSecond(seconds, keys, (key) => node.hrwTopic(pool, key)),
        numbers: callsPerSecond(seconds, numbers, (key) => node.hrwTopic(pool, key)),
      }),
      published: () => published,
      faults: () => lossesOf(node as never),
      close: () => node.leave(),
    };
  },
);

export const poolMembers = defineRole(
  import.meta.url,
  'poolMembers',
  async ({ layout, stateDir, workers }: PoolInput) => {
    let arrived = 0;
    const nodes = await Promise.all(
      workers.map((name) =>
        joinCluster<Events>({
          layout,
          name,
          options: { stateDir, logLevel: 'warn', retryInterval: 50 },
          setup: (node) => {
            node.on('Bench::attempt', () => {
              arrived += 1;
            });
          },
        }),
      ),
    );
    return { counts: () => [arrived], close: () => Promise.all(nodes.map((node) => node.leave())) };
  },
);
