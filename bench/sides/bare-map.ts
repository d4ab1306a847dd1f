/**
 * What a store in memory is compared with: a Map. It gives out what it holds, copies nothing, and acknowledges nothing.
 */
import { defineRole } from '../harness/role.js';
import { createStoreMeter, type Table } from './store-meter.js';

export const bareMap = defineRole(import.meta.url, 'bareMap', async () =>
  createStoreMeter({
    table: (shape): Table => {
      const map = new Map<unknown, unknown>();
      if (shape !== 'composite') return { get: (key) => map.get(key), put: (key, value) => map.set(key, value) };
      // A Map finds no array that is only equal.
      return {
        get: (key) => map.get(JSON.stringify(key)),
        put: (key, value) => map.set(JSON.stringify(key), value),
      };
    },
  }),
);
