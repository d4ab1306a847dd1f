/**
 * Opening a store in LMDB, in a directory of its own: `data.mdb`, LMDB's `lock.mdb`, and `manifest.json`.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { MusterError, messageOf } from '../../errors.js';
import type { Backend } from '../backend.js';
import { LmdbBackend } from './backend.js';
import { type Durability, openEnvironment, otherUser } from './environment.js';
import { inspect, locked } from './inspection.js';
import { markData, readManifest, writeManifest } from './manifest.js';
import { setAside } from './set-aside.js';

export interface LmdbOptions {
  /** The store's directory; made if there is none. */
  readonly path: string;
  /**
   * What a settled write outlives. `'flushed'`: SIGKILL and a power cut. `'committed'`: SIGKILL; a power cut takes what was
   * written in the last moments before it, and leaves what was there at one moment.
   * @defaultValue `'flushed'`
   */
  readonly durability?: Durability;
  /** Bytes of address space at first; it grows by itself. @defaultValue 1 GiB */
  readonly mapSize?: number;
  /**
   * What becomes of a damaged store: opening it fails, or its files are kept under another name, with a warning, and it
   * begins anew.
   * @defaultValue `'fail'`
   */
  readonly failureMode?: 'fail' | 'delete';
  /** Whether it is read and checked as a whole even if it was closed and has not changed since. @defaultValue false */
  readonly integrityCheck?: boolean;
  /** Bytes of the disk that stay free: a write that might need them is refused. @defaultValue 16 MiB */
  readonly reserve?: number;
  readonly warn?: (message: string) => void;
}

const defaults = {
  durability: 'flushed',
  mapSize: 2 ** 30,
  failureMode: 'fail',
  integrityCheck: false,
  reserve: 2 ** 24,
  warn: () => {},
} as const;

type Complete = Required<LmdbOptions>;

/** LMDB lets a process open a directory twice; a store has one master. */
const openHere = new Set<string>();

/**
 * @throws {@link MusterError} `MUSTER_STORE_OPEN_FAILED`, `MUSTER_STORE_DAMAGED`, `MUSTER_STORE_LOCKED`. The node lives on.
 */
export async function openLmdbBackend(options: LmdbOptions): Promise<Backend> {
  const path = await makeDirectory(options.path);
  if (openHere.has(path)) throw locked(path, 'this process');
  openHere.add(path);
  try {
    return await openOrSetAside({ ...defaults, ...options, path });
  } catch (error) {
    openHere.delete(path);
    throw error instanceof MusterError ? error : openFailed(path, error);
  }
}

async function openOrSetAside(options: Complete): Promise<Backend> {
  const { path, failureMode, warn } = options;
  try {
    return await openAt(options);
  } catch (error) {
    if (!(error instanceof MusterError && error.code === 'MUSTER_STORE_DAMAGED' && failureMode === 'delete'))
      throw error;
    const suffix = await setAside(path);
    warn(`a damaged store begins anew, its files are kept in ${path} with the ending ${suffix}: ${error.message}`);
    return openAt(options);
  }
}

async function openAt({ path: directory, durability, mapSize, integrityCheck, reserve }: Complete): Promise<Backend> {
  const environment = { directory, durability, mapSize };
  const manifest = await readManifest(directory);
  await inspect(environment, manifest, integrityCheck);
  if (manifest === undefined) await writeManifest(directory, { state: 'new', durability });
  const env = openEnvironment(environment);
  try {
    const pid = otherUser(env);
    if (pid !== undefined) throw locked(directory, `process ${pid}`);
    await writeManifest(directory, { state: 'open', durability });
    return new LmdbBackend({ env, directory, reserve, onClosed: () => closed(directory, durability) });
  } catch (error) {
    await env.root.close();
    throw error;
  }
}

async function closed(directory: string, durability: Durability): Promise<void> {
  const data = await markData(directory);
  if (data !== undefined) await writeManifest(directory, { state: 'closed', durability, data });
  openHere.delete(directory);
}

async function makeDirectory(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await realpath(path);
  } catch (error) {
    throw openFailed(path, error);
  }
}

function openFailed(path: string, cause: unknown): MusterError {
  return new MusterError(
    'MUSTER_STORE_OPEN_FAILED',
    `the store in ${path} cannot be opened: ${messageOf(cause)}. It needs a directory that this process may read and write`,
    { cause },
  );
}
