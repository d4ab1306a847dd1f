/**
 * `muster store export` and `import`: all entries of a store, through its master in a running cluster, else from and to its
 * files.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { MusterError, messageOf } from '../../errors.js';
import { systemRuntime } from '../../runtime.js';
import { exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import { printJson, printNews } from '../print.js';
import { countEntries, entryLines, type Imported, importLines, linesOf } from '../stores/entry-lines.js';
import { LineOutput } from '../stores/line-output.js';
import { askStore } from '../stores/store-client.js';
import { findStoreFiles, masterOver, openStoreFiles } from '../stores/store-files.js';
import { isClusterRunning } from '../stores/whereabouts.js';
import type { StoreCommand } from './store.js';

export interface FilesCommand extends StoreCommand {
  readonly file?: string;
  readonly storeDir?: string;
}

/** @throws {@link MusterError} `MUSTER_STORE_…`, `MUSTER_SUPERVISOR_RUNNING` */
export async function exportStore(
  store: string,
  { layout, stateDir, storeDir, file, json = false }: FilesCommand,
): Promise<number> {
  const where = await findStateDir(stateDir, layout);
  const isRunning = await isClusterRunning(where, storeDir);
  const output = new LineOutput(file);
  let count = 0;
  const take = (line: string): Promise<void> => {
    count += 1;
    return output.write(line);
  };
  try {
    if (isRunning) await askStore(where, { type: 'store', store, operation: 'export' }, { take });
    else await exportFiles(store, where, storeDir, take);
    await output.close();
  } catch (error) {
    await output.abandon();
    if (output.isUnread) return exitCodes.ok;
    throw error;
  }
  if (json && file !== undefined) printJson({ type: 'exported', store, file, count });
  if (!json) printNews(`exported ${countEntries(count)} of ${store}`);
  return exitCodes.ok;
}

export interface ImportCommand extends FilesCommand {
  readonly clear?: boolean;
}

/** @throws {@link MusterError} also `MUSTER_STORE_TRANSFER_FAILED` */
export async function importStore(
  store: string,
  { layout, stateDir, storeDir, file, clear = false, json = false }: ImportCommand,
): Promise<number> {
  const where = await findStateDir(stateDir, layout);
  const isRunning = await isClusterRunning(where, storeDir);
  const source = file === undefined ? process.stdin : await openSource(file);
  const request = { type: 'store', store, operation: 'import', clears: clear, end: randomUUID() } as const;
  const { count, expired = 0 } = isRunning
    ? await askStore(where, request, { send: source })
    : await importFiles(store, where, storeDir, clear, source).finally(() => source.destroy());
  if (json) printJson({ type: 'imported', store, count, expired });
  else {
    const left = expired > 0 ? `; ${expired} had expired` : '';
    printNews(`imported ${countEntries(count)} into ${store}${left}`);
  }
  return exitCodes.ok;
}

async function exportFiles(
  store: string,
  stateDir: string,
  storeDir: string | undefined,
  take: (line: string) => Promise<void>,
): Promise<void> {
  const backend = await openStoreFiles(await findStoreFiles(store, stateDir, storeDir));
  try {
    for (const line of entryLines(backend.scan(), () => systemRuntime.now())) await take(line);
  } finally {
    await backend.close();
  }
}

async function importFiles(
  store: string,
  stateDir: string,
  storeDir: string | undefined,
  clears: boolean,
  source: Readable,
): Promise<Imported> {
  const files = await findStoreFiles(store, stateDir, storeDir, true);
  const master = masterOver(files, await openStoreFiles(files));
  try {
    if (clears) await master.clear();
    const restore = master.restore.bind(master);
    return await importLines(
      linesOf(source),
      ({ id, value, expiry }) => restore(id, value, expiry),
      () => systemRuntime.now(),
    );
  } finally {
    await master.close();
  }
}

async function openSource(file: string): Promise<Readable> {
  const source = createReadStream(file);
  try {
    await once(source, 'open');
  } catch (cause) {
    throw new MusterError('MUSTER_STORE_TRANSFER_FAILED', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
  return source;
}
