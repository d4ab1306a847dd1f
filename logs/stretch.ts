/**
 * Stretch: the files of a log from one rotation to the next, data and journal. Opens them as a crash or somebody else has left
 * them, or begins new ones; writes to the journal first and to the data then, as `logs/PROTOCOL.md` says. After a failure it
 * is of no use any more: it is closed, and opened as after a crash.
 */
import { join } from 'node:path';
import type { Runtime } from '../runtime.js';
import type { LogFileHandle, LogFiles } from './files.js';
import type { Column, LogFormat, LogFormatName, LogValues } from './format.js';
import { createFormat } from './formats.js';
import { type ReadJournal, readJournal, writeBatch, writeHead, writeStream, writeText } from './journal.js';
import { freshStem, type Journal, journalOf, journalsOf } from './names.js';
import { SeenBatches } from './seen-batches.js';

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

export interface StretchSetup {
  readonly files: LogFiles;
  /** Made if it is missing, for its owner only. */
  readonly directory: string;
  /** Name of the log; its file is `PATH.log`. */
  readonly path: string;
  /** Name of the node that keeps it. */
  readonly node: string;
  readonly format: LogFormatName;
  /** Whether what is written outlives a power cut. */
  readonly isSynced: boolean;
  readonly runtime: Pick<Runtime, 'now'>;
}

/** Its two files, opened, and how far they are written. */
interface OpenFiles {
  readonly journal: Journal;
  readonly openedAt: number;
  readonly data: LogFileHandle;
  readonly entries: LogFileHandle;
  readonly dataEnd: number;
  readonly entriesEnd: number;
  readonly hasRecords: boolean;
}

export class Stretch {
  /** When it was begun, in ms since 1970. */
  readonly openedAt: number;
  readonly #setup: StretchSetup;
  readonly #journal: Journal;
  readonly #data: LogFileHandle;
  readonly #entries: LogFileHandle;
  #dataEnd: number;
  #entriesEnd: number;
  #hasRecords: boolean;
  /** What the lines that are written now look like; undefined before the first. */
  #written: { readonly columns: string; readonly format: LogFormat } | undefined;

  private constructor(setup: StretchSetup, open: OpenFiles) {
    this.#setup = setup;
    this.openedAt = open.openedAt;
    this.#journal = open.journal;
    this.#data = open.data;
    this.#entries = open.entries;
    this.#dataEnd = open.dataEnd;
    this.#entriesEnd = open.entriesEnd;
    this.#hasRecords = open.hasRecords;
  }

  /** Opens the stretch that is there, or begins one. What the log has is added to `seen`. */
  static async open(setup: StretchSetup, seen: SeenBatches): Promise<Stretch> {
    const { files, directory, path } = setup;
    const names = await files.list(directory);
    const journal = journalsOf(path, names).at(-1);
    const content = journal && (await files.read(join(directory, journal.file)));
    const hasData = names.includes(`${path}.log`);
    const isRotated = journal !== undefined && isDataAmong(journal, names);
    let open: OpenFiles | undefined;
    if (journal !== undefined && content !== undefined && hasData && !isRotated) {
      open = await resume(setup, journal, content, seen);
    } else if (content !== undefined) {
      // Its data has been rotated, or moved away: what it had stays known.
      seen.mergeAll(readJournal(content)?.seen ?? new SeenBatches());
    }
    if (open !== undefined) return new Stretch(setup, open);
    if (hasData) await setAside(setup, names);
    return new Stretch(setup, await begin(setup, await files.list(directory), journal?.generation ?? 0, seen));
  }

  /** Bytes of its data. */
  get size(): number {
    return this.#dataEnd;
  }

  /** Whether there is anything in it that is worth a rotation. */
  get hasRecords(): boolean {
    return this.#hasRecords;
  }

  isInPlace(): Promise<boolean> {
    return this.#data.isInPlace(this.#dataEnd);
  }

  /** Writes batches, which must be new to the log. Resolves once all of them are with the operating system. */
  async write(batches: readonly KeptBatch[]): Promise<void> {
    const { path, format: name, runtime } = this.#setup;
    let [lines, entries, end, written] = ['', '', this.#dataEnd, this.#written];
    const add = (text: string, entry: (offset: number, length: number) => string) => {
      const length = Buffer.byteLength(text);
      if (length === 0) return;
      lines += text;
      entries += entry(end, length);
      end += length;
    };
    for (const { stream, rows, ...batch } of batches) {
      const columns = JSON.stringify(stream);
      if (written?.columns !== columns) {
        const format = createFormat(name, { path, columns: stream.columns });
        entries += writeStream({ id: stream.id, path, format: name, columns: stream.columns });
        add(format.header(runtime.now()), writeText);
        written = { columns, format };
      }
      let text = '';
      for (const row of rows) text += written.format.line(row);
      add(text, (offset, length) => writeBatch({ ...batch, offset, length, count: rows.length }));
    }
    await this.#append(entries, lines);
    this.#written = written;
    this.#hasRecords = true;
  }

  /** Writes what comes after the last line, if anything does. */
  async writeFooter(): Promise<void> {
    const footer = this.#written?.format.footer(this.#setup.runtime.now()) ?? '';
    if (footer !== '') await this.#append(writeText(this.#dataEnd, Buffer.byteLength(footer)), footer);
    this.#written = undefined;
  }

  /** Ends it by a rename of its data: the journal has its name already. It can't be written any more. */
  async rotate(): Promise<void> {
    const { files, directory, path, isSynced } = this.#setup;
    await this.writeFooter();
    await files.rename(join(directory, `${path}.log`), join(directory, this.#journal.data));
    if (isSynced) await files.syncDirectory(directory);
  }

  /** Lets go of its files. What they say on the way out changes nothing. */
  async close(): Promise<void> {
    for (const file of [this.#data, this.#entries]) await file.close().catch(() => {});
  }

  /** The journal first, so that no byte of the data is unaccounted for. */
  async #append(entries: string, lines: string): Promise<void> {
    const { isSynced } = this.#setup;
    const [entryBytes, dataBytes] = [Buffer.from(entries), Buffer.from(lines)];
    await this.#entries.write(entryBytes, this.#entriesEnd);
    if (isSynced) await this.#entries.sync();
    await this.#data.write(dataBytes, this.#dataEnd);
    if (isSynced) await this.#data.sync();
    this.#entriesEnd += entryBytes.length;
    this.#dataEnd += dataBytes.length;
  }
}

/** Goes on where a stretch ended; what is not whole in it is cut off. Undefined if the data is not what the journal says. */
async function resume(
  { files, directory, path, isSynced, format }: StretchSetup,
  journal: Journal,
  content: Uint8Array,
  seen: SeenBatches,
): Promise<OpenFiles | undefined> {
  const data = await files.open(join(directory, `${path}.log`));
  let entries: LogFileHandle | undefined;
  try {
    const all = readJournal(content);
    const known = readJournal(content, data.size);
    if (known !== undefined) seen.mergeAll(known.seen);
    if (all === undefined || known === undefined || data.size > all.dataEnd) {
      await data.close();
      return undefined;
    }
    entries = await files.open(join(directory, journal.file));
    // In this order: after a crash in between, the journal would be cut the next time.
    if (data.size > known.dataEnd) await data.truncate(known.dataEnd);
    if (entries.size > known.end) await entries.truncate(known.end);
    for (const file of isSynced ? [data, entries] : []) await file.sync();
    if ((known.stream?.format ?? format) === format) return openFiles(journal, known, data, entries);
    await Promise.all([data.close(), entries.close()]);
    return undefined;
  } catch (thrown) {
    await data.close();
    await entries?.close();
    throw thrown;
  }
}

function openFiles(journal: Journal, known: ReadJournal, data: LogFileHandle, entries: LogFileHandle): OpenFiles {
  const { openedAt, batches, dataEnd, end } = known;
  return { journal, openedAt, data, entries, dataEnd, entriesEnd: end, hasRecords: batches.length > 0 };
}

/** Data that this log can't go on with becomes rotated data. */
async function setAside(
  { files, directory, path, node, runtime }: StretchSetup,
  names: readonly string[],
): Promise<void> {
  const file = join(directory, `${path}.log`);
  const last = journalsOf(path, names).at(-1);
  const isItsJournal = last !== undefined && !isDataAmong(last, names);
  const at = (await files.modified(file)) ?? runtime.now();
  await files.rename(file, join(directory, isItsJournal ? last.data : `${freshStem(path, node, at, names)}.log`));
}

/** Begins a stretch, with a journal that knows what was seen before; as a whole, or not at all. */
async function begin(
  { files, directory, path, node, runtime, isSynced }: StretchSetup,
  names: readonly string[],
  generation: number,
  seen: SeenBatches,
): Promise<OpenFiles> {
  const openedAt = runtime.now();
  const journal = journalOf(freshStem(path, node, openedAt, names), generation + 1);
  const draft = join(directory, `${path}.journal.tmp`);
  const head = Buffer.from(writeHead(openedAt, node, seen));
  const entries = await files.open(draft);
  let data: LogFileHandle | undefined;
  try {
    await entries.truncate(0);
    await entries.write(head, 0);
    if (isSynced) await entries.sync();
    await files.rename(draft, join(directory, journal.file));
    data = await files.open(join(directory, `${path}.log`));
    if (isSynced) await files.syncDirectory(directory);
  } catch (thrown) {
    await entries.close();
    await data?.close();
    throw thrown;
  }
  return { journal, openedAt, data, entries, dataEnd: 0, entriesEnd: head.length, hasRecords: false };
}

/** Whether the data of a journal is rotated, compressed or not. */
function isDataAmong({ data }: Journal, names: readonly string[]): boolean {
  return names.includes(data) || names.includes(`${data}.gz`);
}
