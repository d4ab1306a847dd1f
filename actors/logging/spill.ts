/**
 * Spill: a directory for batches that find no room in memory, a file for each. What a lifetime of the node leaves there the
 * next one sends, under the same ids.
 */
import { join } from 'node:path';
import { messageOf } from '../../errors.js';
import type { LogFiles } from '../../logs/files.js';
import { decodeValue, encodeValue } from '../../transport/codec.js';
import type { Outgoing } from './batch-queue.js';
import type { BatchMessage } from './messages.js';

export interface SpillSetup {
  readonly files: LogFiles;
  readonly directory: string;
  onError(message: string): void;
}

/** What the name of a file says of the batch in it. */
type Id = Pick<Outgoing, 'writer' | 'number' | 'count'>;

export class Spill {
  readonly #setup: SpillSetup;
  /** What is done with a file waits for what was done with it before. */
  readonly #deeds = new Map<string, Promise<unknown>>();
  #hasFailed = false;

  constructor(setup: SpillSetup) {
    this.#setup = setup;
  }

  /** What was left there before, oldest first. */
  async left(): Promise<Id[]> {
    const { files, directory } = this.#setup;
    const names = await files.list(directory).catch((thrown) => {
      this.#failed(thrown);
      return [];
    });
    const found = names.flatMap((name) => {
      const [, writer, number, count] = /^(.+)\.(\d+)\.(\d+)\.batch$/.exec(name) ?? [];
      return writer === undefined ? [] : [{ writer, number: Number(number), count: Number(count) }];
    });
    return found.sort((a, b) => (a.writer === b.writer ? a.number - b.number : a.writer < b.writer ? -1 : 1));
  }

  /** @returns whether it is on the disk as a whole. */
  write(batch: Outgoing): Promise<boolean> {
    const { files, directory } = this.#setup;
    return this.#inTurn(batch, async (path) => {
      if (batch.message === undefined) return false;
      await files.list(directory);
      const draft = `${path}.tmp`;
      const file = await files.open(draft);
      try {
        await file.truncate(0);
        await file.write(encodeValue(batch.message), 0);
      } finally {
        await file.close();
      }
      await files.rename(draft, path);
      return true;
    }).catch((thrown) => {
      this.#failed(thrown);
      return false;
    });
  }

  /** Undefined if it cannot be read. */
  async read(id: Id): Promise<BatchMessage | undefined> {
    try {
      return await this.#inTurn(id, async (path) => {
        const bytes = await this.#setup.files.read(path);
        return bytes && (decodeValue(bytes) as BatchMessage);
      });
    } catch (thrown) {
      this.#failed(thrown);
      return undefined;
    }
  }

  remove(id: Id): void {
    this.#inTurn(id, (path) => this.#setup.files.remove(path)).catch((thrown) => this.#failed(thrown));
  }

  /** Resolves once all that was asked for is done. */
  async done(): Promise<void> {
    await Promise.allSettled(this.#deeds.values());
  }

  #inTurn<T>({ writer, number, count }: Id, deed: (path: string) => Promise<T>): Promise<T> {
    const path = join(this.#setup.directory, `${writer}.${number}.${count}.batch`);
    const before = this.#deeds.get(path) ?? Promise.resolve();
    const done = before.catch(() => {}).then(() => deed(path));
    this.#deeds.set(path, done);
    const forget = () => {
      if (this.#deeds.get(path) === done) this.#deeds.delete(path);
    };
    done.then(forget, forget);
    return done;
  }

  /** Told once: it would fail for every batch. */
  #failed(thrown: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#setup.onError(`log records cannot be spilled to ${this.#setup.directory}; told once: ${messageOf(thrown)}`);
  }
}
