/**
 * Rotation: when a log begins a new file, and what becomes of the old ones.
 */
import { join } from 'node:path';
import type { LogFiles } from './files.js';
import { journalsOf, rotatedOf } from './names.js';

export interface Rotation {
  /** At each multiple of so many ms of local time; undefined: never. */
  readonly interval: number | undefined;
  /** When a file has so many bytes; undefined: never. */
  readonly size: number | undefined;
  readonly isCompressed: boolean;
  /** Rotated files are removed so many ms after they were written last; undefined: never. */
  readonly expiry: number | undefined;
}

/** The first multiple of `interval`, counted from midnight of local time, after `since`. */
export function nextRotation(since: number, interval: number): number {
  const offset = new Date(since).getTimezoneOffset() * 60_000;
  return (Math.floor((since - offset) / interval) + 1) * interval + offset;
}

/** Compresses and removes rotated files as the rotation asks, and removes journals that have lost their data. */
export async function tidy(given: {
  readonly files: LogFiles;
  readonly directory: string;
  readonly path: string;
  readonly rotation: Rotation;
  readonly now: number;
}): Promise<void> {
  const { files, directory, path, rotation, now } = given;
  const names = await files.list(directory);
  const rotated = rotatedOf(path, names);
  const gone = new Set<string>();
  for (const name of rotated) {
    const file = join(directory, name);
    const modified = (await files.modified(file)) ?? now;
    if (rotation.expiry !== undefined && now - modified > rotation.expiry) {
      await files.remove(file);
      gone.add(name);
    } else if (rotation.isCompressed && name.endsWith('.log')) {
      await files.compress(file);
    }
  }
  const left = rotated.filter((name) => !gone.has(name)).map((name) => name.replace(/\.gz$/, ''));
  for (const { file, data } of journalsOf(path, names).slice(0, -1)) {
    if (!left.includes(data)) await files.remove(join(directory, file));
  }
}
