/**
 * Optional: what is used where it is installed, and does without where it is not: the packages of `bench/peers/`, and programs.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

/** `bench/peers/`, seen from `dist/bench/harness/`. */
const requirePeer = createRequire(new URL('../../../bench/peers/package.json', import.meta.url));

export const howToInstallPeers = 'npm install --prefix bench/peers';

export function isInstalled(name: string): boolean {
  try {
    requirePeer.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Their types are not there unless they are: `T` declares what is used. */
export function loadPeer<T>(name: string): T {
  return requirePeer(name) as T;
}

/** Where a program is on `PATH`; undefined if nowhere. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}
