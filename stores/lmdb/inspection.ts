/**
 * Inspection: whether a store may be opened in this process. One that was closed and is as it was left then may; any
 * other is first opened and read as a whole in a process of its own.
 */
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MusterError } from '../../errors.js';
import type { Finding } from './check-process.js';
import { damaged } from './damaged.js';
import { dataFile, type EnvironmentOptions } from './environment.js';
import { isUnchanged, type Manifest, markData } from './manifest.js';

const checkProcess = fileURLToPath(new URL('./check-process.js', import.meta.url));

/** LMDB's number, after the header of its first page. */
const magic = Buffer.from([0xde, 0xc0, 0xef, 0xbe]);
const magicBefore = 64;
/** Two pages. */
const leastSize = 8_192;

/** Signals that end a process for what it has read. */
const crashes = new Set<unknown>(['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE', 'SIGTRAP']);

/**
 * @param manifest - `undefined` if the directory has none.
 * @param isThorough - Whether all of it is read, however it was left.
 * @throws {@link MusterError} `MUSTER_STORE_DAMAGED`, `MUSTER_STORE_LOCKED`, `MUSTER_STORE_OPEN_FAILED`.
 */
export async function inspect(
  options: EnvironmentOptions,
  manifest: Manifest | undefined,
  isThorough: boolean,
): Promise<void> {
  const path = join(options.directory, dataFile);
  const data = await markData(options.directory);
  if (manifest === undefined) {
    if (data === undefined) return;
    throw new MusterError(
      'MUSTER_STORE_OPEN_FAILED',
      `${path} has no manifest beside it: is it a store of Muster's? Restore manifest.json, or choose another path`,
    );
  }
  if (manifest.state === 'new' && (data === undefined || data.size === 0)) return;
  if (data === undefined) throw damaged(path, 'the file is gone');
  if (data.size === 0) throw damaged(path, 'the file is empty');
  if (data.size < leastSize) throw damaged(path, `the file is too short, ${data.size} bytes`);
  if (!(await hasMagic(path))) throw damaged(path, 'the file is no LMDB database');
  if (isUnchanged(manifest, data) && !isThorough) return;
  const finding = await findingOf({ ...options, durability: manifest.durability });
  if (finding.kind === 'locked') throw locked(options.directory, `process ${finding.pid}`);
  if (finding.kind === 'damaged') throw damaged(path, finding.why);
  if (finding.kind === 'failed') throw new MusterError('MUSTER_STORE_OPEN_FAILED', `${path}: ${finding.why}`);
}

export function locked(directory: string, by: string): MusterError {
  return new MusterError(
    'MUSTER_STORE_LOCKED',
    `${directory} is in use by ${by}: end that first, or choose another path`,
  );
}

function findingOf(options: EnvironmentOptions): Promise<Finding> {
  return new Promise((resolve) => {
    execFile(process.execPath, [checkProcess, JSON.stringify(options)], (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout.trimEnd().split('\n').at(-1) as string));
      else if (crashes.has(error.signal)) resolve({ kind: 'damaged', why: `reading it ends in ${error.signal}` });
      else resolve({ kind: 'failed', why: `it could not be checked: ${error.message}` });
    });
  });
}

async function hasMagic(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(magicBefore), 0, magicBefore, 0);
    return buffer.includes(magic);
  } finally {
    await file.close();
  }
}
