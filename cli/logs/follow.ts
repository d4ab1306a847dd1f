/**
 * Follow: the records of a log as loggers write them, by what their journals say. Looks at short intervals: a journal that
 * has grown says where the new batches are; one that has a successor is read to its end first.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJournal } from '../../logs/journal.js';
import type { Archive, StoredBatch } from './archive.js';
import { recordsOf, type StoredRecord } from './merge.js';

/** Between two looks, in ms. */
const interval = 200;
/** Batches that are remembered, so that a copy of one is left out. */
const maxRemembered = 100_000;

export class Follower {
  readonly #archive: Archive;
  readonly #path: string;
  /** Bytes of each journal that are read, by its path, and batches in it that are given. */
  readonly #read = new Map<string, { readonly size: number; readonly batches: number }>();
  readonly #seen = new Set<string>();

  constructor(archive: Archive, path: string) {
    this.#archive = archive;
    this.#path = path;
  }

  /** The records that are new since the last time, all the first time; by time, as far as they came together. */
  async look(): Promise<StoredRecord[]> {
    const records: StoredRecord[] = [];
    for (const batch of await this.#newBatches()) records.push(...(await recordsOf(this.#archive, batch)));
    return records.sort((a, b) => a.time - b.time);
  }

  /** The last `count` records; from then on {@link look} gives what is new. */
  async last(count: number): Promise<StoredRecord[]> {
    const batches = await this.#newBatches();
    const bySource = new Map<unknown, StoredBatch[]>();
    for (const batch of batches) {
      const { directory } = batch.source;
      bySource.set(directory, [...(bySource.get(directory) ?? []), batch]);
    }
    const records: StoredRecord[] = [];
    for (const own of bySource.values()) {
      let enough = 0;
      const begin = own.findLastIndex((batch) => {
        enough += batch.count;
        return enough >= count;
      });
      for (const batch of own.slice(Math.max(begin, 0))) records.push(...(await recordsOf(this.#archive, batch)));
    }
    return count === 0 ? [] : records.sort((a, b) => a.time - b.time).slice(-count);
  }

  /** Resolves when it is time to look again, or the signal is aborted. */
  async pause(signal: AbortSignal): Promise<void> {
    await sleep(interval, undefined, { signal }).catch(() => {});
  }

  async #newBatches(): Promise<StoredBatch[]> {
    const found: StoredBatch[] = [];
    for (const directory of await this.#archive.directories()) {
      for (const source of await this.#archive.sourcesOf(directory, this.#path)) {
        if (source.journal === undefined) continue;
        const file = join(directory, source.journal.file);
        const before = this.#read.get(file);
        const size = await stat(file).then(
          (journal) => journal.size,
          () => undefined,
        );
        if (size === undefined || size === before?.size) continue;
        const journal = readJournal(await readFile(file), await this.#archive.sizeOf(source));
        if (journal === undefined) continue;
        for (const batch of journal.batches.slice(before?.batches ?? 0)) {
          if (this.#isNew(batch)) found.push({ ...batch, source });
        }
        // What its data has not yet is read the next time.
        this.#read.set(file, { size: journal.end, batches: journal.batches.length });
      }
    }
    return found;
  }

  #isNew({ writer, number }: StoredBatch | Omit<StoredBatch, 'source'>): boolean {
    const id = `${number} ${writer}`;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#seen.size > maxRemembered) this.#seen.delete(this.#seen.values().next().value as string);
    return true;
  }
}
