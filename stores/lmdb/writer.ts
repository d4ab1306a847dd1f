/**
 * Writer: brings batches to the disk, in order, all that wait in one transaction. Nothing is under way beside it: when a
 * transaction fails, what waits behind was made upon it and fails with it.
 */
import { MusterError, messageOf } from '../../errors.js';
import type { Batch } from '../backend.js';
import type { Environment, Key } from './environment.js';
import { systemCodeOf } from './native-errors.js';
import { originRecord, stateRecord } from './record.js';
import type { Space } from './space.js';
import { Transaction } from './transaction.js';

interface Job {
  readonly batch: Batch;
  /** What is kept beside the entries. */
  readonly about: readonly (readonly [key: Key, record: Buffer | undefined])[];
  /** Bytes of the disk that it holds until it is written. */
  readonly space: number;
  readonly resolve: () => void;
  readonly reject: (error: MusterError) => void;
}

export interface WriterOptions {
  readonly env: Environment;
  readonly directory: string;
  readonly space: Space;
  /** Called with the last batch of each transaction. */
  readonly onWritten: (batch: Batch) => void;
}

export class Writer {
  readonly #options: WriterOptions;
  #waiting: Job[] = [];
  #running: Promise<void> | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** @throws {@link MusterError} `MUSTER_STORE_WRITE_FAILED`, {@link TypeError} if the result of an outcome is no value. */
  write(batch: Batch): Promise<void> {
    const origins = [...batch.origins].map(([id, origin]) => [id, origin && originRecord(id, origin)] as const);
    const about = [...origins, [null, stateRecord(batch.state)] as const];
    const space = this.#options.space.take(batch);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, about, space, resolve, reject });
      this.#running ??= Promise.resolve().then(() => this.#run());
    });
  }

  /** Resolves once nothing is being written any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        await this.#commit(group);
        this.#options.onWritten((group.at(-1) as Job).batch);
        for (const job of group) job.resolve();
      } catch (thrown) {
        group.push(...this.#waiting);
        this.#waiting = [];
        const error = await this.#explained(thrown);
        for (const job of group) job.reject(error);
      }
      for (const { space } of group) this.#options.space.give(space);
    }
    this.#running = undefined;
  }

  async #commit(group: readonly Job[]): Promise<void> {
    const transaction = new Transaction(this.#options.env);
    for (const { batch } of group) transaction.refuseClash(batch);
    for (const { batch, about } of group) transaction.add(batch, about);
    await transaction.committed();
  }

  /** lmdb's error says nothing but that there is another, a promise that is rejected with it. */
  async #explained(thrown: unknown): Promise<MusterError> {
    if (thrown instanceof MusterError) return thrown;
    const cause = await Promise.resolve((thrown as { commitError?: unknown }).commitError ?? thrown).catch((e) => e);
    const code = systemCodeOf(cause);
    const what = code === undefined ? messageOf(cause) : `${code}, ${messageOf(cause)}`;
    const advice =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Free space, then writing goes on'
        : 'Is the disk full, or failing? If writing goes on failing when it is not, close the store and open it again';
    return new MusterError(
      'MUSTER_STORE_WRITE_FAILED',
      `writing to ${this.#options.directory} failed: ${what}. ${advice}`,
      { cause },
    );
  }
}
