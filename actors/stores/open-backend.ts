/**
 * Opens backends on this machine's disk, where the options say.
 */
import { join, resolve } from 'node:path';
import type { Options } from '../../layout/options.js';
import type { Diagnostics } from '../../logs/diagnostics.js';
import { storePath } from '../../stores/lmdb/store-path.js';
import { MemoryBackend } from '../../stores/memory.js';
import type { OpenBackend } from './stores.js';

/** Directory of the persistent stores of a node. */
export function storeDirectory(node: string, { defaultStoreDir, stateDir }: Readonly<Options>): string {
  return defaultStoreDir === '' ? join(stateDir, 'stores', node || 'none') : resolve(defaultStoreDir);
}

/** For the node of this name. LMDB is loaded with the first store that needs it. */
export function backendOpener(node: string, options: Readonly<Options>, diagnostics: Diagnostics): OpenBackend {
  const directory = storeDirectory(node, options);
  return ({ name, kind, options: { path, ...parameters } }) => {
    if (kind === 'memory') return new MemoryBackend();
    const where = path === undefined ? storePath(directory, name) : resolve(directory, path);
    const warn = (message: string) => diagnostics.warn(`store ${name}: ${message}`);
    return import('../../stores/lmdb/open.js').then(({ openLmdbBackend }) =>
      openLmdbBackend({ ...given(parameters), path: where, warn }),
    );
  };
}

/** Without the fields that are there and undefined. */
function given<Fields extends object>(fields: Fields): { [K in keyof Fields]: Exclude<Fields[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof Fields]: Exclude<Fields[K], undefined> };
}
