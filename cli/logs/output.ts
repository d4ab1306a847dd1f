/**
 * Output of log records: in one of the formats of logs, on stdout, as fast as it is taken.
 */

import type { LogFormat, LogFormatName } from '../../logs/format.js';
import { createFormat } from '../../logs/formats.js';
import type { StoredRecord } from './merge.js';

/** Characters that are gathered before they are written. */
const pieceSize = 64 * 1_024;

export class RecordOutput {
  readonly #format: LogFormatName;
  #columns = '';
  #writer: LogFormat | undefined;
  #piece = '';
  #hasEnded = false;

  constructor(format: LogFormatName) {
    this.#format = format;
    process.stdout.on('error', () => {
      this.#hasEnded = true;
    });
  }

  /** Whether who read has gone away, as `head` does. */
  get isUnread(): boolean {
    return this.#hasEnded;
  }

  async write({ line, format, stream, values }: StoredRecord): Promise<void> {
    const columns = JSON.stringify(stream.columns);
    if (this.#writer === undefined || columns !== this.#columns) {
      this.#writer = createFormat(this.#format, stream);
      this.#columns = columns;
      this.#piece += this.#writer.header(Date.now());
    }
    this.#piece += format === this.#format ? `${line}\n` : this.#writer.line(values);
    if (this.#piece.length >= pieceSize) await this.flush();
  }

  /** Resolves once stdout takes more. */
  async flush(): Promise<void> {
    const piece = this.#piece;
    this.#piece = '';
    if (piece === '' || this.#hasEnded) return;
    await new Promise<void>((resolve) => process.stdout.write(piece, () => resolve()));
  }

  /** Writes what comes after the last record. */
  async end(): Promise<void> {
    this.#piece += this.#writer?.footer(Date.now()) ?? '';
    await this.flush();
  }
}
