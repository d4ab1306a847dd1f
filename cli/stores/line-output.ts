/**
 * Line output: where lines of JSON go, stdout or a file, as fast as they are taken. A file comes into being as a whole: one
 * that is there keeps what it has until then.
 */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { MusterError } from '../../errors.js';
import { pieceSize, writePiece } from './entry-lines.js';

export class LineOutput {
  readonly #file: string | undefined;
  readonly #stream: Writable;
  #piece = '';
  #error: NodeJS.ErrnoException | undefined;

  /** @param file - Default: stdout. */
  constructor(file: string | undefined) {
    this.#file = file;
    this.#stream = file === undefined ? process.stdout : createWriteStream(draftOf(file), { mode: 0o600 });
    this.#stream.on('error', (error) => {
      this.#error ??= error;
    });
  }

  /** Whether who read has gone away, as `head` does: no reason to complain, but to stop. */
  get isUnread(): boolean {
    return this.#error?.code === 'EPIPE';
  }

  /** @throws {@link MusterError} `MUSTER_STORE_TRANSFER_FAILED` if lines cannot be written any more. */
  async write(line: string): Promise<void> {
    this.#piece += `${line}\n`;
    if (this.#piece.length >= pieceSize) await this.#flush();
  }

  /** Resolves once all is written. @throws {@link MusterError} `MUSTER_STORE_TRANSFER_FAILED` */
  async close(): Promise<void> {
    await this.#flush();
    await new Promise<void>((resolve) => {
      if (this.#error !== undefined) resolve();
      else if (this.#file === undefined) this.#stream.write('', () => resolve());
      else this.#stream.once('close', resolve).end();
    });
    this.#refuseBroken();
    if (this.#file !== undefined) await rename(draftOf(this.#file), this.#file);
  }

  /** Leaves no file, or the one that was there. */
  async abandon(): Promise<void> {
    if (this.#file === undefined) {
      await this.#flush().catch(() => {});
      return;
    }
    this.#stream.destroy();
    await rm(draftOf(this.#file), { force: true });
  }

  async #flush(): Promise<void> {
    const piece = this.#piece;
    this.#piece = '';
    if (piece !== '' && this.#error === undefined) await writePiece(this.#stream, piece);
    this.#refuseBroken();
  }

  #refuseBroken(): void {
    const cause = this.#error;
    if (cause === undefined) return;
    const message = `${this.#file ?? 'stdout'} cannot be written: ${cause.message}`;
    throw new MusterError('MUSTER_STORE_TRANSFER_FAILED', message, { cause });
  }
}

function draftOf(file: string): string {
  return `${file}.tmp`;
}
