/**
 * Stores of Muster: at their master, in memory or on disk, and at a clone in another process.
 */
import { join } from 'node:path';
import { type ClusterNode, joinCluster, type LayoutDefinition, type OptionsInput } from '../../index.js';
import { defineRole } from '../harness/role.js';
import { createStoreMeter } from './store-meter.js';
import { shapes } from './store-shapes.js';

/** What an acknowledged write outlives: a power cut, or only the death of the process. */
export type Durability = 'flushed' | 'committed';

export interface MusterStoreInput {
  readonly layout: LayoutDefinition;
  readonly stateDir: string;
  /** Of stores on disk; those of a master in memory have none. */
  readonly disk?: { readonly directory: string; readonly durability: Durability };
}

export const musterMaster = defineRole(
  import.meta.url,
  'musterMaster',
  async ({ layout, stateDir, disk }: MusterStoreInput) => {
    const names = Object.keys(shapes);
    const options: OptionsInput =
      disk === undefined
        ? {}
        : {
            stores: Object.fromEntries(
              names.map((name) => [
                name,
                { options: { path: join(disk.directory, name), durability: disk.durability } },
              ]),
            ),
          };
    const node = await joinCluster({
      layout,
      name: 'manager',
      options: { stateDir, logLevel: 'warn', ...options },
      setup: async (node) => {
        await Promise.all(names.map((name) => node.createStore(name, { persistent: disk !== undefined }).ready));
      },
    });
    return createMeter(node);
  },
);

export const musterClone = defineRole(
  import.meta.url,
  'musterClone',
  async ({ layout, stateDir }: MusterStoreInput) => {
    const node = await joinCluster({
      layout,
      name: 'worker',
      options: { stateDir, logLevel: 'warn', retryInterval: 50 },
    });
    await node.ready();
    return createMeter(node);
  },
);

function createMeter(node: ClusterNode) {
  return createStoreMeter({
    table: async (shape) => {
      const info = node.stores[shape] ?? node.createStore(shape);
      const store = await info.ready;
      return { get: (key) => store.get(key), put: (key, value) => store.put(key, value) };
    },
    close: () => node.leave(),
  });
}
