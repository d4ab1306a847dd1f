/**
 * Append target: the open file under a path, ready to take lines.
 * Decides what becomes of what is there already: a line that the end of a process has torn is ended, a file of another
 * format is set aside. Knows no records and keeps nothing: whoever writes to it handles what fails.
 */
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type LogFormat, toTimestamp } from './format.js';

const newline = 0x0a;

/** Bytes on their way into a file. */
export interface Batch {
  readonly bytes: Buffer;
  /** Bytes of it that are written. */
  offset: number;
}

export interface AppendTarget {
  /** Writes the rest of `batch`, counting in its `offset` as it goes. Rejects with the error of the system. */
  write(batch: Batch): Promise<void>;
  /** Whether this is still the file under its path: it may have been removed or renamed by others. */
  isInPlace(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Opens `path` to append to it, creates what is missing for its owner only, and writes the header of the format.
 * Rejects with the error of the system.
 */
export async function openAppendTarget(path: string, format: LogFormat, now: number): Promise<AppendTarget> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await setForeignAside(path, format, now);
  const handle = await open(path, 'a+', 0o600);
  try {
    const { size, dev, ino } = await handle.stat();
    const isTorn = size > 0 && (await byteAt(handle, size - 1)) !== newline;
    await writeRest(handle, toBatch((isTorn ? '\n' : '') + format.header(now)));
    return {
      write: (batch) => writeRest(handle, batch),
      isInPlace: () => isAt(path, dev, ino),
      close: () => handle.close(),
    };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

export function toBatch(text: string): Batch {
  return { bytes: Buffer.from(text), offset: 0 };
}

/** Makes a batch begin again with the line in which it was torn, for another file. */
export function rewindToLine(batch: Batch): void {
  batch.offset = batch.offset === 0 ? 0 : batch.bytes.lastIndexOf(newline, batch.offset - 1) + 1;
}

/** Renames a file that is not of this format to `NAME.TIMESTAMP.log`: mixed, it would be readable as neither. */
async function setForeignAside(path: string, format: LogFormat, now: number): Promise<void> {
  const first = await firstByte(path);
  if (first === undefined || (first === '#') === (format.name === 'tsv')) return;
  const stem = path.replace(/\.log$/, `.${toTimestamp(now)}`);
  let aside = `${stem}.log`;
  for (let n = 2; await exists(aside); n++) aside = `${stem}-${n}.log`;
  await rename(path, aside);
}

/** `undefined` if there is no such file or nothing in it. */
async function firstByte(path: string): Promise<string | undefined> {
  if (!(await exists(path))) return undefined;
  const handle = await open(path, 'r');
  try {
    const byte = await byteAt(handle, 0);
    return byte === undefined ? undefined : String.fromCharCode(byte);
  } finally {
    await handle.close();
  }
}

async function byteAt(handle: FileHandle, position: number): Promise<number | undefined> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, position);
  return bytesRead === 1 ? buffer[0] : undefined;
}

async function writeRest(handle: FileHandle, batch: Batch): Promise<void> {
  while (batch.offset < batch.bytes.length) {
    const { bytesWritten } = await handle.write(batch.bytes, batch.offset);
    if (bytesWritten === 0) throw new Error('nothing could be written');
    batch.offset += bytesWritten;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isAt(path: string, dev: number, ino: number): Promise<boolean> {
  return stat(path).then(
    (found) => found.dev === dev && found.ino === ino,
    () => false,
  );
}
