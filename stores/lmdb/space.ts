/**
 * Space: whether the disk has room for a batch. LMDB itself does not survive a full disk, so what might fill it is
 * refused beforehand.
 */
import { statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MusterError } from '../../errors.js';
import type { Batch } from '../backend.js';
import { dataFile } from './environment.js';

const pageSize = 4_096;
/** LMDB writes the pages from a changed one to the root anew, in up to three tables. */
const pagesPerChange = 8;
const mebibyte = 0x10_0000;

export class Space {
  readonly #directory: string;
  readonly #reserve: number;
  /** Bytes of what is being written, and need not be there yet. */
  #promised = 0;

  /** @param reserve - Bytes that stay free. */
  constructor(directory: string, reserve: number) {
    this.#directory = directory;
    this.#reserve = reserve;
  }

  /**
   * @returns What the batch may take, to be given back once it is written.
   * @throws {@link MusterError} `MUSTER_STORE_WRITE_FAILED` if there might not be room.
   */
  take(batch: Batch): number {
    const size = this.#sizeOf(batch);
    const { bavail, bsize } = statfsSync(this.#directory);
    const lacking = size + this.#promised + this.#reserve - bavail * bsize;
    if (lacking > 0) {
      throw new MusterError(
        'MUSTER_STORE_WRITE_FAILED',
        `the disk of ${this.#directory} is full: free at least ${Math.ceil(lacking / mebibyte)} MiB, then writing goes on`,
      );
    }
    this.#promised += size;
    return size;
  }

  give(size: number): void {
    this.#promised -= size;
  }

  #sizeOf({ changes, origins }: Batch): number {
    let bytes = 0;
    for (const entry of changes.values()) bytes += entry === undefined ? 0 : entry.bytes.length + 64;
    const touched = (changes.size + origins.size + 1) * pagesPerChange * pageSize;
    const existing = statSync(join(this.#directory, dataFile)).size;
    return 3 * bytes + Math.min(touched, existing) + 32 * pageSize;
  }
}
