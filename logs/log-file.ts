/**
 * Log file: appends records to one file, in order, without ever holding up or ending the node.
 * The records of a turn leave in one write, and one write is in flight at a time; what arrives meanwhile leaves with the
 * next. When writing fails, records wait, within bounds, and it is tried again until it works; what finds no room is
 * counted. A record is safe from the death of the process once it is handed to the operating system: `flush()` says when.
 */
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import type { Runtime, TimerHandle } from '../runtime.js';
import { type AppendTarget, type Batch, openAppendTarget, rewindToLine, toBatch } from './append-target.js';
import type { Column, LogFormat, LogFormatName, LogRecord } from './format.js';
import { jsonLines } from './json-lines.js';
import { zeekTsv } from './zeek-tsv.js';

const formats = { json: jsonLines, tsv: zeekTsv } as const;

/** Pause before a failed write is tried again, in ms. */
const retryInterval = 1_000;

export interface LogFileSetup {
  /** Created if it is missing, for its owner only. */
  readonly directory: string;
  /** Name of the log; the file is `NAME.log`. */
  readonly name: string;
  readonly format: LogFormatName;
  readonly columns: readonly Column[];
  readonly runtime: Pick<Runtime, 'now' | 'setTimeout' | 'clearTimeout' | 'endOfTurn'>;
  /** Bytes of records that may wait to be written; beyond that, new ones are lost. @defaultValue 16 MiB */
  readonly maxPendingBytes?: number;
  /** Told in words when writing begins to fail, and when records begin to get lost. Must not throw. */
  onError(message: string): void;
  /** Told when writing works again, with what was lost. Must not throw. */
  onRecovery?(message: string): void;
}

export interface LogFileStats {
  /** Records handed to the operating system. */
  readonly written: number;
  /** Records that found no room, did not fit the format, or could not be written before the end. */
  readonly lost: number;
  /** Attempts to write that failed. */
  readonly failures: number;
  /** Bytes that wait to be written. */
  readonly pendingBytes: number;
}

export interface LogFile extends AsyncDisposable {
  readonly path: string;
  readonly stats: LogFileStats;
  /** Queues a record, as it is now, for the end of this turn. Never waits, never throws; after `close()` it is lost. */
  write(record: LogRecord): void;
  /**
   * Resolves once all records written before are handed to the operating system.
   * @returns `false` if they could not be: they wait still, and are tried again.
   */
  flush(): Promise<boolean>;
  /** Flushes, writes the footer, closes. Records that can't be written are lost. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Opens `NAME.log` to append to it. What the end of a process has torn is ended by a newline; a format with a header
 * begins anew. A file of another format is renamed to `NAME.TIMESTAMP.log`. Never rejects: a file that can't be opened
 * is an `onError` as any other failure, and tried again.
 */
export async function openLogFile(setup: LogFileSetup): Promise<LogFile> {
  const file = new QueuedLogFile(setup);
  await file.open();
  return file;
}

class QueuedLogFile implements LogFile {
  readonly path: string;
  readonly #setup: LogFileSetup;
  readonly #format: LogFormat;
  readonly #maxPendingBytes: number;
  readonly #stats = { written: 0, lost: 0, failures: 0, pendingBytes: 0 };

  /** What waits for the next batch. */
  #lines: string[] = [];
  /** What is being written, or was torn by a failure. */
  #batch: (Batch & { readonly records: number }) | undefined;
  /** Records queued so far: the goal of a flush. */
  #accepted = 0;
  #target: AppendTarget | undefined;
  #isArmed = false;
  #writing: Promise<boolean> | undefined;
  #retry: TimerHandle | undefined;
  #closing: Promise<void> | undefined;
  /** What went wrong since writing last worked; the first of each is told. */
  #trouble = { failures: 0, lost: 0 };
  #hasToldUnfit = false;

  constructor(setup: LogFileSetup) {
    this.path = join(setup.directory, `${setup.name}.log`);
    this.#setup = setup;
    this.#format = formats[setup.format]({ path: setup.name, columns: setup.columns });
    this.#maxPendingBytes = setup.maxPendingBytes ?? 16 * 1024 * 1024;
  }

  get stats(): LogFileStats {
    return { ...this.#stats };
  }

  async open(): Promise<void> {
    await this.#writeBatch();
  }

  write(record: LogRecord): void {
    if (this.#closing !== undefined) {
      this.#stats.lost++;
      return;
    }
    const line = this.#lineOf(record);
    if (line === undefined) return;
    const size = Buffer.byteLength(line);
    if (this.#stats.pendingBytes + size > this.#maxPendingBytes) {
      this.#lose();
      return;
    }
    this.#lines.push(line);
    this.#accepted++;
    this.#stats.pendingBytes += size;
    this.#arm();
  }

  async flush(): Promise<boolean> {
    const goal = this.#accepted;
    while (this.#stats.written < goal) {
      if (!(await this.#writeBatch())) return false;
    }
    return true;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeOnce();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #lineOf(record: LogRecord): string | undefined {
    try {
      return this.#format.line(record);
    } catch (thrown) {
      this.#stats.lost++;
      if (!this.#hasToldUnfit) {
        this.#hasToldUnfit = true;
        this.#setup.onError(`a record does not fit ${this.path} and is left out; told once: ${messageOf(thrown)}`);
      }
      return undefined;
    }
  }

  #lose(): void {
    this.#stats.lost++;
    this.#trouble.lost++;
    if (this.#trouble.lost > 1) return;
    const room = this.#maxPendingBytes;
    this.#setup.onError(`${this.path}: ${room} bytes of records wait to be written; further ones are lost`);
  }

  /** While a write is in flight, its end starts the next; while writing fails, a timer does, not every turn. */
  #arm(): void {
    if (this.#isArmed || this.#writing !== undefined || this.#trouble.failures > 0) return;
    this.#isArmed = true;
    this.#setup.runtime.endOfTurn(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isArmed = false;
    if (this.#lines.length > 0 && this.#closing === undefined) void this.#writeBatch();
  };

  /** One at a time: who calls while one is in flight waits for that one. */
  #writeBatch(): Promise<boolean> {
    this.#writing ??= this.#writeOnce().then((isWritten) => {
      this.#writing = undefined;
      if (isWritten && this.#lines.length > 0) void this.#writeBatch();
      return isWritten;
    });
    return this.#writing;
  }

  async #writeOnce(): Promise<boolean> {
    try {
      const target = await this.#openTarget();
      this.#batch ??= this.#takeBatch();
      await target.write(this.#batch);
    } catch (thrown) {
      await this.#failed(thrown);
      return false;
    }
    this.#stats.written += this.#batch.records;
    this.#stats.pendingBytes -= this.#batch.bytes.length;
    this.#batch = undefined;
    this.#worked();
    return true;
  }

  async #openTarget(): Promise<AppendTarget> {
    if (this.#target !== undefined && !(await this.#target.isInPlace())) await this.#dropTarget();
    this.#target ??= await openAppendTarget(this.path, this.#format, this.#setup.runtime.now());
    return this.#target;
  }

  #takeBatch(): Batch & { readonly records: number } {
    const lines = this.#lines;
    this.#lines = [];
    return { ...toBatch(lines.join('')), records: lines.length };
  }

  async #dropTarget(): Promise<void> {
    const target = this.#target;
    this.#target = undefined;
    if (this.#batch !== undefined) rewindToLine(this.#batch);
    // It is given up already: what its end has to say changes nothing.
    await target?.close().catch(() => {});
  }

  async #failed(thrown: unknown): Promise<void> {
    // A full disk needs room: the same file goes on where it stopped. All else may be cured by opening anew.
    if (!isFull(thrown)) await this.#dropTarget();
    this.#stats.failures++;
    this.#trouble.failures++;
    if (this.#trouble.failures === 1) {
      this.#setup.onError(`cannot write ${this.path}: ${messageOf(thrown)}; records wait, and it is tried again`);
    }
    if (this.#closing === undefined) this.#retry ??= this.#setup.runtime.setTimeout(this.#tryAgain, retryInterval);
  }

  readonly #tryAgain = (): void => {
    this.#retry = undefined;
    void this.#writeBatch();
  };

  #worked(): void {
    const { failures, lost } = this.#trouble;
    if (failures === 0 && lost === 0) return;
    this.#trouble = { failures: 0, lost: 0 };
    this.#endRetry();
    this.#setup.onRecovery?.(`${this.path} is written again; attempts that failed: ${failures}, records lost: ${lost}`);
  }

  #endRetry(): void {
    if (this.#retry !== undefined) this.#setup.runtime.clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  async #closeOnce(): Promise<void> {
    const isFlushed = await this.flush();
    await this.#writing;
    this.#endRetry();
    if (!isFlushed) this.#giveUp();
    const target = this.#target;
    this.#target = undefined;
    try {
      if (isFlushed) await target?.write(toBatch(this.#format.footer(this.#setup.runtime.now())));
      await target?.close();
    } catch (thrown) {
      this.#setup.onError(`cannot write the end of ${this.path}: ${messageOf(thrown)}`);
      await target?.close().catch(() => {});
    }
  }

  #giveUp(): void {
    const lost = this.#accepted - this.#stats.written;
    this.#stats.lost += lost;
    this.#stats.pendingBytes = 0;
    this.#setup.onError(`${this.path} is closed; records that could not be written and are lost: ${lost}`);
  }
}

/** The disk, the user's share of it or the largest file allowed. */
function isFull(thrown: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((thrown as NodeJS.ErrnoException | null)?.code ?? '');
}
