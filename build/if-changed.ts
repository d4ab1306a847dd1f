/**
 * If changed: a directory remembers what it was made of, and is made again when that has changed.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../package.js';

export const root = fileURLToPath(packageRoot);

interface Stamp {
  readonly sources: readonly string[];
  readonly fingerprint: string;
}

/**
 * @param directory seen from `root`, as are the paths of its sources.
 * @param make fills it; it returns the files that it is made of, and folders for all files in them.
 */
export async function makeIfChanged(directory: string, make: () => Promise<readonly string[]>): Promise<void> {
  const path = join(root, directory, '.sources');
  const stamp = readStamp(path);
  if (stamp !== undefined && stamp.fingerprint === fingerprintOf(stamp.sources)) return;
  const sources = await make();
  writeFileSync(path, JSON.stringify({ sources, fingerprint: fingerprintOf(sources) }));
}

function readStamp(path: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Of the names and contents of files; undefined when one is not there. */
function fingerprintOf(paths: readonly string[]): string | undefined {
  const hash = createHash('sha256');
  try {
    for (const path of paths.flatMap(filesAt)) hash.update(`${path}\n`).update(readFileSync(join(root, path)));
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

function filesAt(path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}
