/**
 * SQLite, a peer of a store on disk: through better-sqlite3, with a write-ahead log. What is written in one turn of the event
 * loop is one transaction.
 */
import { join } from 'node:path';
import { howToInstallPeers, isInstalled, loadPeer } from '../harness/optional.js';
import { defineRole } from '../harness/role.js';
import type { BareLmdbInput } from './bare-lmdb.js';
import { createStoreMeter, type Table } from './store-meter.js';

const packageName = 'better-sqlite3';

/** What is used of the package. */
type Package = new (path: string) => Database;

interface Database {
  pragma(text: string): unknown;
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  transaction<Run extends () => void>(run: Run): Run;
  close(): void;
}

interface Statement {
  pluck(): Statement;
  get(...parameters: unknown[]): unknown;
  run(...parameters: unknown[]): unknown;
}

/** In words, undefined if it is installed. */
export function whySqliteIsMissing(): string | undefined {
  return isInstalled(packageName) ? undefined : `${packageName} is not installed: ${howToInstallPeers}`;
}

export const sqlite = defineRole(import.meta.url, 'sqlite', async ({ directory, durability }: BareLmdbInput) => {
  const Database = loadPeer<Package>(packageName);
  const db = new Database(join(directory, 'sqlite.db'));
  db.pragma('journal_mode = WAL');
  // FULL: each commit is flushed to the disk.
  db.pragma(`synchronous = ${durability === 'flushed' ? 'FULL' : 'NORMAL'}`);
  return createStoreMeter({
    table: (shape): Table => {
      db.exec(`CREATE TABLE ${shape} (key TEXT PRIMARY KEY, value) WITHOUT ROWID`);
      const select = db.prepare(`SELECT value FROM ${shape} WHERE key = ?`).pluck();
      const upsert = db.prepare(`INSERT INTO ${shape} VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`);
      const commit = gather(db);
      const put = (key: unknown, value: unknown) => commit(() => upsert.run(key, value));
      switch (shape) {
        case 'primitive':
          return { get: (key) => select.get(key), put };
        case 'object':
          return {
            get: (key) => JSON.parse(select.get(key) as string),
            put: (key, value) => put(key, JSON.stringify(value)),
          };
        case 'composite':
          return {
            get: (key) => select.get(JSON.stringify(key)),
            put: (key, value) => put(JSON.stringify(key), value),
          };
      }
    },
    close: () => db.close(),
  });
});

/** Runs what it is given together, at the end of the turn. */
function gather(db: Database): (write: () => void) => Promise<void> {
  let waiting: { write: () => void; resolve: () => void }[] = [];
  const run = () => {
    const all = waiting;
    waiting = [];
    db.transaction(() => {
      for (const { write } of all) write();
    })();
    for (const { resolve } of all) resolve();
  };
  return (write) =>
    new Promise((resolve) => {
      if (waiting.push({ write, resolve }) === 1) setImmediate(run);
    });
}
