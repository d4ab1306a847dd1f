/**
 * Log stream: records of one kind, written at this node. The hot path of a log: a record is checked, shown to the policy,
 * encoded, and goes into the open batch whose turn it is; there are as many open batches as loggers, so that each record
 * goes to the next of them.
 */
import { MusterError, messageOf } from '../../errors.js';
import { createToValues, type RecordOf, type ToValues } from '../../logs/columns.js';
import type { Diagnostics } from '../../logs/diagnostics.js';
import type { Column } from '../../logs/format.js';
import { maxBatchBytes, maxBatchRecords, type WireStream } from './messages.js';
import { OpenBatch, type SealedRecords } from './open-batch.js';
import type { Judge } from './policy.js';

/** Bytes of a message besides the records and what describes the stream, at most. */
const messageOverhead = 1_024;

export interface LogStreamInfo {
  /** Such as `Conn::LOG`. */
  readonly id: string;
  /** Name of the log: loggers keep it in `PATH.log`. */
  readonly path: string;
  readonly columns: readonly Column[];
}

/** Records of a stream at this node, since it began. */
export interface LogStreamStats {
  /** Taken, to be kept by a logger. */
  readonly written: number;
  /** Left out by the policy. */
  readonly vetoed: number;
  /** Kept by a logger: with the operating system, or on its disk if `logSync` is set there. */
  readonly kept: number;
  /** Not kept, and never will be; those that found no room were not taken either. */
  readonly lost: number;
}

/** What a stream needs of its node. */
export interface LogWriter {
  readonly diagnostics: Pick<Diagnostics, 'error'>;
  /** Bytes that a message may have. */
  readonly maxEventSize: number;
  /** Loggers that records are spread over, at least 1. */
  readonly lanes: number;
  /** Room for records, in bytes; negative if there is none. */
  readonly room: number;
  /** Whether so little room is left that writers should wait. */
  readonly isShort: boolean;
  /** A record of so many bytes waits in an open batch. */
  added(size: number): void;
  /** A batch is closed, which had `size` bytes of records. */
  sealed(stream: StreamWriter, records: SealedRecords, size: number): void;
  lost(stream: StreamWriter, count: number, reason: string): void;
  flush(signal: AbortSignal | undefined): Promise<void>;
  drained(): Promise<void>;
}

/** What a user holds of a stream whose columns are `C`. */
export interface LogStream<C = unknown> extends LogStreamInfo {
  readonly stats: LogStreamStats;
  /** Whether its node has left: then nothing can be written any more. */
  readonly isClosed: boolean;
  /**
   * Writes a record, as it is now. Does not wait: records leave in batches, of 400 or after a second.
   * @returns `false` if there is little room left, or none and it is lost: wait for {@link drained} before you go on.
   * @throws {@link MusterError} `MUSTER_LOG_RECORD_INVALID` for one that does not fit, naming stream and column;
   * `MUSTER_NODE_LEFT`.
   */
  write(record: RecordOf<C>): boolean;
  /**
   * Sends all records at once. Resolves when everything that this node has written before is kept by loggers.
   * @throws {@link MusterError} `MUSTER_LOG_RECORDS_LOST` if some of it, written since the last flush, is not and never
   * will be; the signal's reason when it is aborted.
   */
  flush(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Resolves once there is ample room again, after `write()` returned `false`. */
  drained(): Promise<void>;
}

export class StreamWriter implements LogStream {
  readonly id: string;
  readonly path: string;
  readonly columns: readonly Column[];
  readonly stats = { written: 0, vetoed: 0, kept: 0, lost: 0 };
  readonly #writer: LogWriter;
  readonly #judge: Judge | undefined;
  readonly #toValues: ToValues;
  /** Bytes of records that a batch may have, so that it can be sent. */
  readonly #maxSize: number;
  #lanes: OpenBatch[];
  #lane = 0;
  /** Records so far: the next one is the `#index`th. */
  #index = 1;
  #hasToldUnfit = false;
  isClosed = false;

  constructor({ id, path, columns }: LogStreamInfo, judge: Judge | undefined, writer: LogWriter) {
    this.id = id;
    this.path = path;
    this.columns = columns;
    this.#judge = judge;
    this.#writer = writer;
    this.#toValues = createToValues(id, columns);
    this.#lanes = newLanes(writer.lanes);
    this.#maxSize = writer.maxEventSize - JSON.stringify(this.wire).length - messageOverhead;
  }

  get wire(): WireStream {
    return [this.id, this.path, this.columns.map(({ name, type }) => [name, type])];
  }

  write(record: object): boolean {
    if (this.isClosed) throw new MusterError('MUSTER_NODE_LEFT', `stream ${this.id}: its node has left`);
    const values = this.#judged(record, this.#toValues(record));
    if (values === undefined) return true;
    const writer = this.#writer;
    if (writer.room < 0) {
      writer.lost(this, 1, 'no room for more records until a logger is up');
      return false;
    }
    let batch = this.#lanes[this.#lane] as OpenBatch;
    let before = batch.size;
    const size = this.#append(batch, values);
    if (size > this.#maxSize) {
      batch.takeBack(before);
      throw this.#tooLarge(size);
    }
    if (batch.size > this.#maxSize) {
      batch.takeBack(before);
      this.#close(batch);
      batch = this.#lanes[this.#lane] as OpenBatch;
      before = batch.size;
      this.#append(batch, values);
    }
    this.#index += 1;
    this.#lane = this.#lane + 1 < this.#lanes.length ? this.#lane + 1 : 0;
    this.stats.written += 1;
    writer.added(batch.size - before);
    if (batch.count >= maxBatchRecords || batch.size >= maxBatchBytes) this.#close(batch);
    return !writer.isShort;
  }

  flush({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#writer.flush(signal);
  }

  drained(): Promise<void> {
    return this.#writer.drained();
  }

  /** Records in open batches. */
  get open(): number {
    return this.#lanes.reduce((sum, { count }) => sum + count, 0);
  }

  /** Closes its open batches; from now on there are as many as loggers are up. */
  seal(): void {
    for (const batch of this.#lanes) if (batch.count > 0) this.#close(batch);
    const { lanes } = this.#writer;
    if (lanes === this.#lanes.length) return;
    this.#lanes = newLanes(lanes);
    this.#lane = 0;
  }

  /** The values that are to be written; undefined if the policy leaves the record out. */
  #judged(record: object, values: readonly unknown[]): readonly unknown[] | undefined {
    if (this.#judge === undefined) return values;
    const verdict = this.#judge(record);
    if (verdict === record) return values;
    if (verdict === false) {
      this.stats.vetoed += 1;
      return undefined;
    }
    try {
      return this.#toValues(verdict);
    } catch (thrown) {
      if (!this.#hasToldUnfit) {
        const message = `the policy of ${this.id} gave a record that does not fit, so what was written passes; told once`;
        this.#writer.diagnostics.error(`${message}: ${messageOf(thrown)}`);
      }
      this.#hasToldUnfit = true;
      return values;
    }
  }

  #append(batch: OpenBatch, values: readonly unknown[]): number {
    try {
      return batch.append(values, this.#index, this.#lanes.length);
    } catch {
      // Lone surrogates cannot be sent as text.
      return batch.append(values.map(wellFormed), this.#index, this.#lanes.length);
    }
  }

  #close(batch: OpenBatch): void {
    const { size } = batch;
    this.#writer.sealed(this, batch.seal(), size);
  }

  #tooLarge(size: number): MusterError {
    return new MusterError(
      'MUSTER_LOG_RECORD_INVALID',
      `stream ${this.id}: the record has ${size} bytes, more than the ${this.#maxSize} that can be sent`,
    );
  }
}

function newLanes(count: number): OpenBatch[] {
  return Array.from({ length: count }, () => new OpenBatch());
}

/** Text with lone surrogates becomes bytes, as the formats of logs write it. */
function wellFormed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'string' || value.isWellFormed()) return value;
  const parts = Array.from(value, (character) => {
    const code = character.charCodeAt(0);
    if (character.isWellFormed()) return Buffer.from(character);
    return Buffer.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  });
  return new Uint8Array(Buffer.concat(parts));
}
