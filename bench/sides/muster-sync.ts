/**
 * A store with many entries, and a clone that fetches them all.
 */
import { joinCluster, type LayoutDefinition } from '../../index.js';
import { defineRole } from '../harness/role.js';
import { watchLoop } from './loop-watch.js';

export interface SyncInput {
  readonly layout: LayoutDefinition;
  readonly stateDir: string;
  readonly entries: number;
  readonly isPersistent: boolean;
}

const storeName = 'many';
const fillInFlight = 1_000;

export const fullMaster = defineRole(
  import.meta.url,
  'fullMaster',
  async ({ layout, stateDir, entries, isPersistent }: SyncInput) => {
    const node = await joinCluster({ layout, name: 'manager', options: { stateDir, logLevel: 'warn' } });
    const store = await node.createStore<string, number>(storeName, { persistent: isPersistent }).ready;
    let next = 0;
    const fill = async () => {
      for (let index = next++; index < entries; index = next++) await store.put(keyOf(index), index);
    };
    await Promise.all(Array.from({ length: fillInFlight }, fill));
    let watching = watchLoop();
    return {
      watch: () => {
        watching();
        watching = watchLoop();
      },
      pauses: () => watching(),
      close: () => node.leave(),
    };
  },
);

export const emptyClone = defineRole(
  import.meta.url,
  'emptyClone',
  async ({ layout, stateDir, entries }: SyncInput) => {
    const node = await joinCluster({
      layout,
      name: 'worker',
      options: { stateDir, logLevel: 'warn', retryInterval: 50 },
    });
    await node.ready();
    return {
      /** Resolves with the ms it took, once all is there. */
      sync: async () => {
        const watching = watchLoop();
        const start = performance.now();
        const store = await node.createStore<string, number>(storeName).ready;
        const time = performance.now() - start;
        for (let index = 0; index < entries; index++) {
          if (store.get(keyOf(index)) !== index) throw new Error(`${keyOf(index)} has ${store.get(keyOf(index))}`);
        }
        if (store.size !== entries) throw new Error(`${store.size} entries instead of ${entries}`);
        return { time, pauses: watching() };
      },
      close: () => node.leave(),
    };
  },
);

export function keyOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}
