/**
 * Setting aside: a damaged store leaves its place to a new one, and is kept.
 */
import { access, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { dataFile } from './environment.js';
import { manifestFile } from './manifest.js';

/** @returns What its files end with now. */
export async function setAside(directory: string): Promise<string> {
  let number = 1;
  const path = (file: string) => join(directory, `${file}.damaged-${number}`);
  while ((await exists(path(dataFile))) || (await exists(path(manifestFile)))) number += 1;
  for (const file of [dataFile, manifestFile]) {
    if (await exists(join(directory, file))) await rename(join(directory, file), path(file));
  }
  return `.damaged-${number}`;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
