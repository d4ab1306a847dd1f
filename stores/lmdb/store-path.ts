/**
 * Where a store without a path of its own rests.
 */
import { basename, join } from 'node:path';
import { MusterError } from '../../errors.js';
import { isValidName, nameRule } from '../../layout/names.js';

/** What the names of directories of stores end with. */
export const storeSuffix = '.lmdb';

/**
 * The directory of the store `name` below `directory`. A name is never a path; names that differ only in case have
 * paths that differ on every file system: an upper-case letter becomes `=` and the lower-case one.
 * @throws {@link MusterError} `MUSTER_NAME_INVALID`.
 */
export function storePath(directory: string, name: string): string {
  if (!isValidName(name)) {
    throw new MusterError('MUSTER_NAME_INVALID', `store ${JSON.stringify(name)}: a name of a store is ${nameRule}`);
  }
  return join(directory, `${name.replace(/[A-Z]/g, (letter) => `=${letter.toLowerCase()}`)}${storeSuffix}`);
}

/** The name of the store whose directory {@link storePath} has given. */
export function storeNameAt(path: string): string {
  return basename(path, storeSuffix).replace(/=(.)/g, (_, letter: string) => letter.toUpperCase());
}
