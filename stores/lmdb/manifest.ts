/**
 * Manifest: the file beside the database that says what it is, and how it was left. It tells a new store from one whose
 * data is gone, and a store that was closed, unchanged since, from one that has to be looked at.
 */
import { chmod, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MusterError } from '../../errors.js';
import { damaged } from './damaged.js';
import { type Durability, dataFile } from './environment.js';

export const manifestFile = 'manifest.json';
const format = 'muster-store';
const version = 1;

export interface Manifest {
  /** `new`: nothing has been written yet. `open`: it is, or was not closed. */
  readonly state: 'new' | 'open' | 'closed';
  /** How it was opened last. */
  readonly durability: Durability;
  /** Of the data file, when it was closed. */
  readonly data?: DataMark;
}

interface DataMark {
  readonly size: number;
  readonly modified: number;
}

/**
 * @returns `undefined` if there is none.
 * @throws {@link MusterError} `MUSTER_STORE_OPEN_FAILED` if it belongs to something else or to a newer Muster,
 * `MUSTER_STORE_DAMAGED` if it cannot be understood.
 */
export async function readManifest(directory: string): Promise<Manifest | undefined> {
  const path = join(directory, manifestFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const found = parse(text);
  if (found === undefined) throw damaged(path, 'the file is no manifest of a store');
  if (found.format !== format) {
    throw new MusterError('MUSTER_STORE_OPEN_FAILED', `${path}: format ${JSON.stringify(found.format)}, not a store`);
  }
  if (found.version !== version) {
    throw new MusterError(
      'MUSTER_STORE_OPEN_FAILED',
      `${path}: version ${JSON.stringify(found.version)} of the format; this Muster knows version ${version}. Use the Muster that wrote it`,
    );
  }
  return found as unknown as Manifest;
}

/** Whole or not at all, whatever happens meanwhile. */
export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const path = join(directory, manifestFile);
  const draft = `${path}.tmp`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ format, version, ...manifest })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(draft, 0o600);
  await rename(draft, path);
  await syncDirectory(directory);
}

/** What the data file looks like now; `undefined` if there is none. */
export async function markData(directory: string): Promise<DataMark | undefined> {
  const found = await stat(join(directory, dataFile)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found && { size: found.size, modified: found.mtimeMs };
}

export function isUnchanged(manifest: Manifest, data: DataMark): boolean {
  return manifest.state === 'closed' && manifest.data?.size === data.size && manifest.data.modified === data.modified;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null && 'format' in found ? { ...found } : undefined;
  } catch {
    return undefined;
  }
}

/** So that a rename in it outlives a power cut. Not every system can. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
