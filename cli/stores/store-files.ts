/**
 * Store files: the stores on the disk of a cluster that does not run, one directory each.
 */
import { access, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Listeners } from '../../actors/stores/listeners.js';
import { Master } from '../../actors/stores/master.js';
import { maxEntrySizeFor } from '../../actors/stores/messages.js';
import { MusterError } from '../../errors.js';
import { defaults } from '../../layout/defaults.js';
import { createDiagnostics } from '../../logs/diagnostics.js';
import { systemRuntime } from '../../runtime.js';
import type { Backend } from '../../stores/backend.js';
import { noLimits } from '../../stores/draft.js';
import { manifestFile } from '../../stores/lmdb/manifest.js';
import { openLmdbBackend } from '../../stores/lmdb/open.js';
import { storeNameAt, storePath, storeSuffix } from '../../stores/lmdb/store-path.js';

export interface StoreFiles {
  readonly name: string;
  readonly path: string;
}

/**
 * All stores in `storeDir`, or in the directories of all nodes below `stateDir`. `storeDir` may also be that of one store.
 */
export async function listStoreFiles(stateDir: string, storeDir: string | undefined): Promise<StoreFiles[]> {
  if (storeDir !== undefined && (await isStore(resolve(storeDir)))) return [filesAt(resolve(storeDir))];
  const directories = storeDir === undefined ? await nodeDirectories(stateDir) : [resolve(storeDir)];
  const found: StoreFiles[] = [];
  for (const directory of directories) {
    for (const name of (await namesIn(directory)).filter((name) => name.endsWith(storeSuffix))) {
      if (await isStore(join(directory, name))) found.push(filesAt(join(directory, name)));
    }
  }
  return found;
}

/**
 * The files of one store.
 * @param mayCreate - Whether one that is not in `storeDir` is to be made there.
 * @throws {@link MusterError} `MUSTER_STORE_UNKNOWN`, also if there are several of that name.
 */
export async function findStoreFiles(
  name: string,
  stateDir: string,
  storeDir: string | undefined,
  mayCreate = false,
): Promise<StoreFiles> {
  if (storeDir !== undefined && (await isStore(resolve(storeDir)))) return { name, path: resolve(storeDir) };
  const all = await listStoreFiles(stateDir, storeDir);
  const [found, other] = all.filter((files) => files.name === name);
  if (other !== undefined && found !== undefined) {
    const message = `there are several stores ${name}: ${found.path} and ${other.path}; name one with --store-dir`;
    throw new MusterError('MUSTER_STORE_UNKNOWN', message);
  }
  if (found !== undefined) return found;
  if (mayCreate && storeDir !== undefined) return { name, path: storePath(resolve(storeDir), name) };
  const where = storeDir === undefined ? join(stateDir, 'stores') : resolve(storeDir);
  const asked = storeDir === undefined ? `no supervisor is running for ${stateDir}, and ` : '';
  const others =
    all.length === 0 ? '' : `; there are ${[...new Set(all.map((files) => files.name))].sort().join(', ')}`;
  throw new MusterError('MUSTER_STORE_UNKNOWN', `${asked}there are no files of a store ${name} in ${where}${others}`);
}

/** @throws {@link MusterError} `MUSTER_STORE_LOCKED`, `MUSTER_STORE_DAMAGED`, `MUSTER_STORE_OPEN_FAILED` */
export function openStoreFiles({ path }: StoreFiles, { integrityCheck = false } = {}): Promise<Backend> {
  return openLmdbBackend({ path, integrityCheck });
}

/** A master without a cluster, to be closed with its backend. */
export function masterOver({ name }: StoreFiles, backend: Backend): Master {
  return new Master({
    name,
    backend,
    runtime: systemRuntime,
    listeners: new Listeners(name, createDiagnostics({ level: 'warn', name: 'store' })),
    maxEntrySize: maxEntrySizeFor(defaults.maxEventSize),
    limits: noLimits,
    isClustered: false,
    compareInterval: defaults.cloneResyncInterval,
    failed: () => {},
  });
}

async function nodeDirectories(stateDir: string): Promise<string[]> {
  const directory = join(stateDir, 'stores');
  return (await namesIn(directory)).map((node) => join(directory, node));
}

/** Sorted; none for what is no directory. */
async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  return names.sort();
}

function isStore(path: string): Promise<boolean> {
  return access(join(path, manifestFile)).then(
    () => true,
    () => false,
  );
}

function filesAt(path: string): StoreFiles {
  return { name: storeNameAt(path), path };
}
