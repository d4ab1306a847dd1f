/**
 * Kept log: one log in files, where every batch is at most once, whatever happens to the process or the disk.
 * One task at a time does all that is asked of it, in order: opens, writes, rotates. When anything fails, batches wait, the
 * files are let go, and after a pause they are opened as after a crash; whoever handed a batch over is told only when all of
 * it is with the operating system.
 */
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import type { Runtime, TimerHandle } from '../runtime.js';
import { nextRotation, type Rotation, tidy } from './rotation.js';
import { SeenBatches } from './seen-batches.js';
import { type KeptBatch, Stretch, type StretchSetup } from './stretch.js';

/** Pause before what failed is tried again, in ms. */
const retryInterval = 1_000;
/** Records that are written at once; a batch is never split. */
const maxGroup = 4_000;

export interface KeptLogSetup extends StretchSetup {
  readonly rotation: Rotation;
  readonly runtime: Pick<Runtime, 'now' | 'setTimeout' | 'clearTimeout'>;
  /** Told in words when writing begins to fail. Must not throw. */
  onError(message: string): void;
  /** Told when writing works again. Must not throw. */
  onRecovery(message: string): void;
}

interface Waiting {
  readonly batch: KeptBatch;
  kept(): void;
}

export class KeptLog {
  readonly #setup: KeptLogSetup;
  readonly #seen = new SeenBatches();
  #waiting: Waiting[] = [];
  #stretch: Stretch | undefined;
  #working: Promise<void> | undefined;
  #retry: TimerHandle | undefined;
  #rotationTimer: TimerHandle | undefined;
  #asked = { rotate: false, reopen: false };
  #failures = 0;
  #isClosed = false;
  #tidying = Promise.resolve();
  #idle: (() => void)[] = [];

  constructor(setup: KeptLogSetup) {
    this.#setup = setup;
  }

  /** `kept` is called once the batch is in the log, which it may be already. Nothing happens after {@link close}. */
  keep(batch: KeptBatch, kept: () => void): void {
    if (this.#isClosed) return;
    this.#waiting.push({ batch, kept });
    this.#work();
  }

  /** Begins a new file, if there is anything in this one. */
  rotate(): void {
    this.#asked.rotate = true;
    this.#work();
  }

  /** Lets go of the files and opens them anew: somebody has moved them. */
  reopen(): void {
    this.#asked.reopen = true;
    this.#work();
  }

  /** Resolves once nothing waits. */
  idle(): Promise<void> {
    if (this.#waiting.length === 0 && this.#working === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Ends the file. What waits is not written any more, and nobody is told of it. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting = [];
    for (const timer of [this.#retry, this.#rotationTimer]) this.#setup.runtime.clearTimeout(timer);
    await this.#working;
    try {
      await this.#stretch?.writeFooter();
    } catch (thrown) {
      this.#setup.onError(`cannot write the end of ${this.#file}: ${messageOf(thrown)}`);
    }
    await this.#letGo();
    this.#tellIdle();
  }

  get #file(): string {
    return join(this.#setup.directory, `${this.#setup.path}.log`);
  }

  #work(): void {
    if (this.#isClosed || this.#retry !== undefined) return;
    this.#working ??= this.#workOff().finally(() => {
      this.#working = undefined;
      // What was asked for after the last look.
      if (this.#hasWork && this.#retry === undefined) this.#work();
      else if (!this.#hasWork) this.#tellIdle();
    });
  }

  get #hasWork(): boolean {
    return !this.#isClosed && (this.#waiting.length > 0 || this.#asked.rotate || this.#asked.reopen);
  }

  async #workOff(): Promise<void> {
    try {
      while (this.#hasWork) {
        if (this.#asked.reopen) await this.#letGo();
        this.#asked.reopen = false;
        const stretch = await this.#open();
        if (this.#waiting.length > 0) await this.#writeGroup(stretch);
        const isFull = stretch.size >= (this.#setup.rotation.size ?? Number.POSITIVE_INFINITY);
        const isAsked = this.#asked.rotate;
        this.#asked.rotate = false;
        if ((isAsked || isFull) && stretch.hasRecords) await this.#rotate(stretch);
        this.#worked();
      }
    } catch (thrown) {
      await this.#letGo();
      this.#failed(thrown);
    }
  }

  async #writeGroup(stretch: Stretch): Promise<void> {
    const group = this.#takeGroup();
    const fresh = new Map<string, KeptBatch>();
    for (const { batch } of group) {
      const { writer, number } = batch;
      if (!this.#seen.has(writer, number)) fresh.set(`${writer} ${number}`, batch);
    }
    if (fresh.size > 0) await stretch.write([...fresh.values()]);
    for (const { batch } of group) this.#seen.add(batch.writer, batch.number, batch.settled);
    this.#waiting.splice(0, group.length);
    for (const { kept } of group) kept();
  }

  #takeGroup(): Waiting[] {
    let records = 0;
    const end = this.#waiting.findIndex(({ batch }) => {
      records += batch.rows.length;
      return records > maxGroup;
    });
    return this.#waiting.slice(0, end === -1 ? this.#waiting.length : Math.max(1, end));
  }

  async #open(): Promise<Stretch> {
    const present = this.#stretch;
    if (present !== undefined && (await present.isInPlace())) return present;
    await this.#letGo();
    this.#stretch = await Stretch.open(this.#setup, this.#seen);
    this.#armRotation(this.#stretch.openedAt);
    this.#tidy();
    return this.#stretch;
  }

  async #rotate(stretch: Stretch): Promise<void> {
    await stretch.rotate();
    await this.#letGo();
    await this.#open();
  }

  /** In the background, and one at a time: what fails here keeps no record from being written. */
  #tidy(): void {
    const { files, directory, path, rotation, runtime, onError } = this.#setup;
    const now = runtime.now();
    this.#tidying = this.#tidying
      .then(() => tidy({ files, directory, path, rotation, now }))
      .catch((thrown) => onError(`old files of ${this.#file} cannot be compressed or removed: ${messageOf(thrown)}`));
  }

  #armRotation(openedAt: number): void {
    const { runtime, rotation } = this.#setup;
    runtime.clearTimeout(this.#rotationTimer);
    this.#rotationTimer = undefined;
    if (rotation.interval === undefined || this.#isClosed) return;
    const due = nextRotation(openedAt, rotation.interval) - runtime.now();
    this.#rotationTimer = runtime.setTimeout(
      () => {
        this.rotate();
        // Without records there is no rotation: look again at the next time.
        this.#armRotation(runtime.now());
      },
      Math.max(due, 1),
    );
  }

  async #letGo(): Promise<void> {
    const stretch = this.#stretch;
    this.#stretch = undefined;
    await stretch?.close();
  }

  #failed(thrown: unknown): void {
    this.#failures += 1;
    if (this.#failures === 1) {
      const { onError } = this.#setup;
      onError(`cannot write ${this.#file}: ${messageOf(thrown)}; records wait, and it is tried again`);
    }
    if (this.#isClosed) return;
    this.#retry = this.#setup.runtime.setTimeout(() => {
      this.#retry = undefined;
      this.#work();
    }, retryInterval);
  }

  #worked(): void {
    if (this.#failures === 0) return;
    this.#setup.onRecovery(`${this.#file} is written again; attempts that failed: ${this.#failures}`);
    this.#failures = 0;
  }

  #tellIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
