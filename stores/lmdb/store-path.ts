/**
 * Where a store without a path of its own rests.
 */
import { join } from 'node:path';
import { MusterError } from '../../errors.js';

/**
 * The directory of the store `name` below `directory`. A name is never a path; names that differ only in case have
 * paths that differ on every file system: an upper-case letter becomes `=` and the lower-case one.
 * @throws {@link MusterError} `MUSTER_NAME_INVALID`.
 */
export function storePath(directory: string, name: string): string {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name) || name === '.' || name === '..') {
    throw new MusterError(
      'MUSTER_NAME_INVALID',
      `store ${JSON.stringify(name)}: a name has 1 to 64 characters of A–Z a–z 0–9 . _ -, and is neither . nor ..`,
    );
  }
  return join(directory, `${name.replace(/[A-Z]/g, (letter) => `=${letter.toLowerCase()}`)}.lmdb`);
}
