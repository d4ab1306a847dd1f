/**
 * Kept log: one log in files, where every batch is at most once, whatever happens to the process or the disk.
 * One task at a time does all that is asked of it, in order: opens, writes, rotates. Each write goes to the journal first and
 * to the data then, see `logs/PROTOCOL.md`. When anything fails, batches wait, the files are let go, and after a pause they
 * are opened as after a crash; whoever handed a batch over is told only when all of it is with the operating system.
 */
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import type { Runtime, TimerHandle } from '../runtime.js';
import type { LogFileHandle, LogFiles } from './files.js';
import type { Column, LogFormat, LogFormatName, LogValues } from './format.js';
import { createFormat } from './formats.js';
import { type ReadJournal, readJournal, writeBatch, writeHead, writeStream, writeText } from './journal.js';
import { freshStem, type Journal, journalOf, journalsOf } from './names.js';
import { nextRotation, type Rotation, tidy } from './rotation.js';
import { SeenBatches } from './seen-batches.js';

/** Pause before what failed is tried again, in ms. */
const retryInterval = 1_000;
/** Records that are written at once; a batch is never split. */
const maxGroup = 4_000;

/** Records of one writer, in its order. */
export interface KeptBatch {
  /** Id of the lifetime of the node that wrote it. */
  readonly writer: string;
  /** Counted by the writer from 1, over all its streams. */
  readonly number: number;
  /** The writer sends none up to this number again. */
  readonly settled: number;
  readonly stream: { readonly id: string; readonly columns: readonly Column[] };
  /** Which records of the stream's at the writer these are: `first`, `first + stride`, … */
  readonly first: number;
  readonly stride: number;
  readonly rows: readonly LogValues[];
}

export interface KeptLogSetup {
  readonly files: LogFiles;
  /** Made if it is missing, for its owner only. */
  readonly directory: string;
  /** Name of the log; its file is `PATH.log`. */
  readonly path: string;
  /** Name of the node that keeps it. */
  readonly node: string;
  readonly format: LogFormatName;
  readonly rotation: Rotation;
  /** Whether a batch is kept only when it outlives a power cut. */
  readonly isSynced: boolean;
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

/** The files of the present stretch. */
interface Stretch {
  readonly journal: Journal;
  readonly openedAt: number;
  readonly data: LogFileHandle;
  readonly entries: LogFileHandle;
  dataEnd: number;
  entriesEnd: number;
  /** Whether it has anything that is worth a rotation. */
  hasRecords: boolean;
  /** What the lines that are written now look like; undefined before the first. */
  written: { readonly columns: string; readonly format: LogFormat } | undefined;
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

  /** Batches that wait to be written. */
  get waiting(): number {
    return this.#waiting.length;
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
      if (this.#stretch !== undefined) await this.#writeFooter(this.#stretch);
    } catch (thrown) {
      this.#setup.onError(`cannot write the end of ${this.#file}: ${messageOf(thrown)}`);
    }
    await this.#letGo();
    this.#tellIdle();
  }

  get #file(): string {
    return this.#pathOf(`${this.#setup.path}.log`);
  }

  #pathOf(name: string): string {
    return join(this.#setup.directory, name);
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
        const isFull = stretch.dataEnd >= (this.#setup.rotation.size ?? Number.POSITIVE_INFINITY);
        const isAsked = this.#asked.rotate;
        this.#asked.rotate = false;
        if (isAsked || isFull) await this.#rotate(stretch);
        this.#worked();
      }
    } catch (thrown) {
      await this.#letGo();
      this.#failed(thrown);
    }
  }

  async #writeGroup(stretch: Stretch): Promise<void> {
    const group = this.#takeGroup();
    let lines = '';
    let entries = '';
    let end = stretch.dataEnd;
    const add = (text: string, entry: (offset: number, length: number) => string) => {
      const length = Buffer.byteLength(text);
      if (length === 0) return;
      lines += text;
      entries += entry(end, length);
      end += length;
    };
    let { written } = stretch;
    const fresh = new Set<string>();
    for (const { batch } of group) {
      const { writer, number, settled, first, stride, stream, rows } = batch;
      if (this.#seen.has(writer, number) || fresh.has(`${writer} ${number}`)) continue;
      fresh.add(`${writer} ${number}`);
      const columns = JSON.stringify(stream);
      if (written?.columns !== columns) {
        const { path, format: name } = this.#setup;
        const format = createFormat(name, { path, columns: stream.columns });
        entries += writeStream({ id: stream.id, path, format: name, columns: stream.columns });
        add(format.header(this.#setup.runtime.now()), writeText);
        written = { columns, format };
      }
      const { format } = written;
      let text = '';
      for (const row of rows) text += format.line(row);
      const count = rows.length;
      add(text, (offset, length) => writeBatch({ offset, length, writer, number, settled, count, first, stride }));
    }
    if (fresh.size > 0) {
      await this.#append(stretch, entries, lines);
      stretch.written = written;
      stretch.hasRecords = true;
    }
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

  /** The journal first, so that no byte of the data is unaccounted for. */
  async #append(stretch: Stretch, entries: string, lines: string): Promise<void> {
    const { entries: journal, data } = stretch;
    const [entryBytes, dataBytes] = [Buffer.from(entries), Buffer.from(lines)];
    await journal.write(entryBytes, stretch.entriesEnd);
    if (this.#setup.isSynced) await journal.sync();
    await data.write(dataBytes, stretch.dataEnd);
    if (this.#setup.isSynced) await data.sync();
    stretch.entriesEnd += entryBytes.length;
    stretch.dataEnd += dataBytes.length;
  }

  /** The present stretch: as it is, or as a crash or somebody else has left it, or a new one. */
  async #open(): Promise<Stretch> {
    const present = this.#stretch;
    if (present !== undefined && (await present.data.isInPlace(present.dataEnd))) return present;
    await this.#letGo();
    const { files, directory, path } = this.#setup;
    const names = await files.list(directory);
    const journal = journalsOf(path, names).at(-1);
    const content = journal && (await files.read(this.#pathOf(journal.file)));
    const hasData = names.includes(`${path}.log`);
    const isRotated = journal !== undefined && (names.includes(journal.data) || names.includes(`${journal.data}.gz`));
    let stretch: Stretch | undefined;
    if (journal !== undefined && content !== undefined && hasData && !isRotated) {
      stretch = await this.#resume(journal, content);
    } else if (content !== undefined) {
      // Its data has been rotated, or moved away: what it had stays known.
      this.#seen.mergeAll(readJournal(content)?.seen ?? new SeenBatches());
    }
    if (stretch === undefined && hasData) await this.#setAside(names);
    this.#stretch = stretch ?? (await this.#begin(await files.list(directory), journal?.generation ?? 0));
    this.#armRotation(this.#stretch.openedAt);
    this.#tidy();
    return this.#stretch;
  }

  /** Goes on where a stretch ended; what is not whole in it is cut off. Undefined if the data is not what the journal says. */
  async #resume(journal: Journal, content: Uint8Array): Promise<Stretch | undefined> {
    const { files, isSynced, format } = this.#setup;
    const data = await files.open(this.#file);
    let entries: LogFileHandle | undefined;
    try {
      const all = readJournal(content);
      const known = readJournal(content, data.size);
      if (known !== undefined) this.#seen.mergeAll(known.seen);
      if (all === undefined || known === undefined || data.size > all.dataEnd) {
        await data.close();
        return undefined;
      }
      entries = await files.open(this.#pathOf(journal.file));
      // In this order: after a crash in between, the journal would be cut the next time.
      if (data.size > known.dataEnd) await data.truncate(known.dataEnd);
      if (entries.size > known.end) await entries.truncate(known.end);
      for (const file of isSynced ? [data, entries] : []) await file.sync();
      if ((known.stream?.format ?? format) === format) return stretchOf(journal, known, data, entries);
      await Promise.all([data.close(), entries.close()]);
      return undefined;
    } catch (thrown) {
      await data.close();
      await entries?.close();
      throw thrown;
    }
  }

  /** A stretch that this log can't go on with becomes a rotated one. */
  async #setAside(names: readonly string[]): Promise<void> {
    const { files, path, node, directory, runtime } = this.#setup;
    const last = journalsOf(path, names).at(-1);
    const content = last && (await files.read(this.#pathOf(last.file)));
    const isItsJournal =
      content !== undefined && !names.some((name) => name === last?.data || name === `${last?.data}.gz`);
    const at = (await files.modified(this.#file)) ?? runtime.now();
    const target = isItsJournal ? (last as Journal).data : `${freshStem(path, node, at, names)}.log`;
    await files.rename(this.#file, join(directory, target));
  }

  /** Begins a stretch, with a journal that knows what was seen before; as a whole, or not at all. */
  async #begin(names: readonly string[], generation: number): Promise<Stretch> {
    const { files, directory, path, node, runtime, isSynced } = this.#setup;
    const openedAt = runtime.now();
    const journal = journalOf(freshStem(path, node, openedAt, names), generation + 1);
    const draft = this.#pathOf(`${path}.journal.tmp`);
    const head = Buffer.from(writeHead(openedAt, node, this.#seen));
    const entries = await files.open(draft);
    let data: LogFileHandle | undefined;
    try {
      await entries.truncate(0);
      await entries.write(head, 0);
      if (isSynced) await entries.sync();
      await files.rename(draft, this.#pathOf(journal.file));
      data = await files.open(this.#file);
      if (isSynced) await files.syncDirectory(directory);
    } catch (thrown) {
      await entries.close();
      await data?.close();
      throw thrown;
    }
    return {
      journal,
      openedAt,
      data,
      entries,
      dataEnd: 0,
      entriesEnd: head.length,
      hasRecords: false,
      written: undefined,
    };
  }

  /** One rename ends a stretch: the journal has its name already. */
  async #rotate(stretch: Stretch): Promise<void> {
    if (!stretch.hasRecords) return;
    const { files, directory, isSynced } = this.#setup;
    await this.#writeFooter(stretch);
    await files.rename(this.#file, this.#pathOf(stretch.journal.data));
    if (isSynced) await files.syncDirectory(directory);
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

  async #writeFooter(stretch: Stretch): Promise<void> {
    const footer = stretch.written?.format.footer(this.#setup.runtime.now()) ?? '';
    if (footer !== '') await this.#append(stretch, writeText(stretch.dataEnd, Buffer.byteLength(footer)), footer);
    stretch.written = undefined;
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

  /** What its files say on the way out changes nothing: they are opened as after a crash. */
  async #letGo(): Promise<void> {
    const stretch = this.#stretch;
    this.#stretch = undefined;
    for (const file of [stretch?.data, stretch?.entries]) await file?.close().catch(() => {});
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

function stretchOf(
  journal: Journal,
  { openedAt, batches, dataEnd, end }: ReadJournal,
  data: LogFileHandle,
  entries: LogFileHandle,
): Stretch {
  return {
    journal,
    openedAt,
    data,
    entries,
    dataEnd,
    entriesEnd: end,
    hasRecords: batches.length > 0,
    written: undefined,
  };
}
