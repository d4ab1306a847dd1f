/**
 * Log files: what a log needs of a file system, small enough for a simulation to have a twin of it.
 * Writes go to a place in the file that the caller names, so a write that failed half way is simply done again. What is made
 * is for its owner only. Everything rejects with the error of the system.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface LogFileHandle {
  /** Bytes that were in it when it was opened. */
  readonly size: number;
  /** Hands all of `bytes` to the operating system, for the place `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Resolves once what was written outlives a power cut. */
  sync(): Promise<void>;
  /** Whether this is still the file under its path, and has `size` bytes: others may have renamed, removed or cut it. */
  isInPlace(size: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface LogFiles {
  /** Names in a directory, which is made if it is missing. */
  list(directory: string): Promise<string[]>;
  /** All of a file; undefined if there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** When it was changed last, in ms since 1970; undefined if there is none. */
  modified(path: string): Promise<number | undefined>;
  /** Opens a file to write to it, and makes it if it is missing. */
  open(path: string): Promise<LogFileHandle>;
  /** Replaces what has the new name. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Puts `path.gz` in the place of `path`, as a whole. */
  compress(path: string): Promise<void>;
  /** Resolves once the names in a directory outlive a power cut. */
  syncDirectory(directory: string): Promise<void>;
}

/** The files of this machine. */
export const systemFiles: LogFiles = {
  async list(directory) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return readdir(directory);
  },
  read: (path) => readFile(path).catch(orAbsent),
  modified: (path) => stat(path).then(({ mtimeMs }) => mtimeMs, orAbsent),
  open: openFile,
  rename,
  remove: (path) => rm(path, { force: true }),
  async compress(path) {
    const draft = `${path}.gz.tmp`;
    await pipeline(createReadStream(path), createGzip(), createWriteStream(draft, { mode: 0o600 }));
    await withHandle(draft, 'r', (handle) => handle.sync());
    await rename(draft, `${path}.gz`);
    await rm(path);
  },
  syncDirectory: (directory) => withHandle(directory, 'r', (handle) => handle.sync()),
};

async function openFile(path: string): Promise<LogFileHandle> {
  // `r+` does not create, `a` writes only at the end: hence two steps.
  const handle = await open(path, 'r+').catch(async (thrown) => {
    orAbsent(thrown);
    return open(path, 'wx+', 0o600);
  });
  try {
    const { size, dev, ino } = await handle.stat();
    return {
      size,
      write: (bytes, position) => writeAll(handle, bytes, position),
      truncate: (to) => handle.truncate(to),
      sync: () => handle.datasync(),
      async isInPlace(expected) {
        const found = await stat(path).catch(orAbsent);
        return found !== undefined && found.dev === dev && found.ino === ino && found.size === expected;
      },
      close: () => handle.close(),
    };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new Error('nothing could be written');
    done += bytesWritten;
  }
}

async function withHandle<T>(path: string, flags: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, flags);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

function orAbsent(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  return undefined;
}
