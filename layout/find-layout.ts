/**
 * The search for a layout when the user names none.
 */
import { realpath, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { MusterError, messageOf } from '../errors.js';
import type { Environment } from './types.js';

const fileNames = ['json', 'ts', 'js', 'zeek'].map((extension) => `cluster-layout.${extension}`);

/**
 * Finds the one `cluster-layout.{json,ts,js,zeek}` in the directories of `MUSTER_PATH` and `ZEEKPATH` and in `cwd`.
 * The same file found by two paths counts as one.
 * @throws {@link MusterError} `MUSTER_LAYOUT_NOT_FOUND`, `MUSTER_LAYOUT_AMBIGUOUS`.
 */
export async function findLayout(env: Environment, cwd: string): Promise<string> {
  const directories = searchPath(env, cwd);
  const found = new Map<string, string>();
  for (const directory of directories) {
    for (const fileName of fileNames) {
      const path = join(directory, fileName);
      const file = await realFile(path);
      if (file !== undefined && !found.has(file)) found.set(file, path);
    }
  }
  const [path, ...others] = found.values();
  if (path === undefined) {
    throw new MusterError(
      'MUSTER_LAYOUT_NOT_FOUND',
      `no layout found: there is no cluster-layout.json, .ts, .js or .zeek in ${directories.join(', ')}. ` +
        'Name a layout, or the directory that has one in MUSTER_PATH.',
    );
  }
  if (others.length > 0) {
    const message = `more than one layout found, name the one to use: ${[path, ...others].join(', ')}`;
    throw new MusterError('MUSTER_LAYOUT_AMBIGUOUS', message);
  }
  return path;
}

/** As in Zeek, an empty part of a search path is skipped; the working directory is there anyway. */
function searchPath(env: Environment, cwd: string): string[] {
  const named = [env.MUSTER_PATH, env.ZEEKPATH].flatMap((path) => path?.split(delimiter) ?? []);
  return [...new Set([...named.filter((part) => part !== ''), '.'].map((part) => resolve(cwd, part)))];
}

/** The file behind `path`, links followed; `undefined` if there is none. */
async function realFile(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? await realpath(path) : undefined;
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new MusterError('MUSTER_LAYOUT_UNREADABLE', `${path}: cannot be looked at: ${messageOf(cause)}`, { cause });
  }
}
