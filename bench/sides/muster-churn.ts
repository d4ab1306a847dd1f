/**
 * A store whose entries change all the time, at its master and at a clone, and what memory that takes in the long run.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ClusterNode, joinCluster, type LayoutDefinition, type Store } from '../../index.js';
import { defineRole } from '../harness/role.js';

export interface ChurnInput {
  readonly layout: LayoutDefinition;
  readonly stateDir: string;
  readonly name: 'manager' | 'worker';
}

/** MiB */
export interface Memory {
  readonly resident: number;
  readonly heap: number;
  /** Buffers outside V8's heap. */
  readonly external: number;
}

const storeName = 'churn';
const keys = 10_000;
const inFlight = 256;
/** Mutations of one writer between two turns of the event loop: at a master in memory they settle in the same turn. */
const stride = 16;

export const churner = defineRole(import.meta.url, 'churner', async ({ layout, stateDir, name }: ChurnInput) => {
  const node = await joinCluster({
    layout,
    name,
    options: { stateDir, logLevel: 'warn', retryInterval: 50 },
    setup: (node) => {
      node.createStore(storeName);
    },
  });
  const store = await (node.stores[storeName] as NonNullable<ClusterNode['stores'][string]>).ready;
  const collect = createCollector();
  let count = 0;

  return {
    /** Makes so many mutations, and resolves when all are acknowledged. */
    churn: async (mutations: number) => {
      const end = count + mutations;
      const writer = async () => {
        while (count < end) {
          count += 1;
          await mutate(store, count);
          if (count % stride === 0) await turn();
        }
      };
      await Promise.all(Array.from({ length: inFlight }, writer));
    },
    memory: async (): Promise<Memory> => {
      for (let i = 0; i < 3; i++) {
        collect();
        await turn();
      }
      const { rss, heapUsed, external } = process.memoryUsage();
      const inMebibytes = (bytes: number) => bytes / 2 ** 20;
      return { resident: inMebibytes(rss), heap: inMebibytes(heapUsed), external: inMebibytes(external) };
    },
    /** What it holds, to be compared. */
    contents: () => [...store.entries()].map(([key, value]) => JSON.stringify([key, value])).sort(),
    close: () => node.leave(),
  };
});

/** One mutation of several kinds, on keys of its own kind: inserts, updates, erasures, expiries. */
async function mutate(store: Store, count: number): Promise<void> {
  const key = (count * 7_919) % keys;
  switch (count % 8) {
    case 0:
      await store.erase(key);
      break;
    case 1:
      await store.put(`expiring-${key}`, count, { expiry: 1_000 });
      break;
    case 2:
      await store.update(`counted-${key % 100}`, (before = 0) => (before as number) + 1).catch(passConflict);
      break;
    case 3:
      await store.put(`object-${key}`, { count, list: [count, 'a'], at: new Date(count) });
      break;
    default:
      await store.put(key, count);
  }
}

/** Two writers of one key: that one has given up is what it promises. */
function passConflict(error: { code?: string }): void {
  if (error.code !== 'MUSTER_STORE_CONFLICT') throw error;
}

function createCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}
