/**
 * Archive: the files of a log, of all nodes that kept it, as the batches in them. A batch that is in several is given once,
 * and what is not all there, since it is being written or was torn, not at all.
 */

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { MusterError } from '../../errors.js';
import type { LogFormatName } from '../../logs/format.js';
import { type BatchEntry, readJournal, type StreamEntry } from '../../logs/journal.js';
import { defaultPath, type Journal, journalsOf, logsAmong, rotatedOf } from '../../logs/names.js';

/** A batch in a file. */
export interface StoredBatch extends BatchEntry {
  readonly source: Source;
}

/** The data of one stretch of a log. */
export interface Source {
  readonly directory: string;
  readonly path: string;
  /** Undefined for data that has lost its journal. */
  readonly journal: Journal | undefined;
  /** Names under which its data may be, the likeliest first. */
  readonly names: readonly string[];
}

export class Archive {
  readonly #stateDir: string;
  /** Where compressed data is unpacked to, by its path. */
  readonly #unpacked = new Map<string, Promise<string>>();
  #scratch: Promise<string> | undefined;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
  }

  /** Directories with logs, one per node that keeps any. */
  async directories(): Promise<string[]> {
    const root = join(this.#stateDir, 'logs');
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return names.sort().map((name) => join(root, name));
  }

  /**
   * The path of a stream, which may be given by its id.
   * @throws {@link MusterError} `MUSTER_LOG_STREAM_UNKNOWN`
   */
  async pathOf(stream: string): Promise<string> {
    const known = new Set<string>();
    for (const directory of await this.directories()) {
      const names = await readdir(directory);
      for (const path of logsAmong(names)) {
        known.add(path);
        const newest = journalsOf(path, names).at(-1);
        const content = newest && (await readFile(join(directory, newest.file)).catch(() => undefined));
        if (content !== undefined && readJournal(content)?.stream?.id === stream) return path;
      }
    }
    if (known.has(stream)) return stream;
    if (known.has(defaultPath(stream))) return defaultPath(stream);
    const listed = [...known].sort().join(', ') || 'none';
    throw new MusterError(
      'MUSTER_LOG_STREAM_UNKNOWN',
      `no log ${stream} in ${this.#stateDir}/logs; there are ${listed}`,
    );
  }

  /** All batches of a log, copies left out. */
  async batchesOf(path: string): Promise<StoredBatch[]> {
    const seen = new Set<string>();
    const batches: StoredBatch[] = [];
    for (const directory of await this.directories()) {
      for (const source of await this.sourcesOf(directory, path)) {
        for (const batch of await this.#batchesIn(source, batches.at(-1)?.stream)) {
          const id = `${batch.number} ${batch.writer}`;
          if (!seen.has(id)) batches.push(batch);
          seen.add(id);
        }
      }
    }
    return batches;
  }

  /** The stretches of a log in one directory, oldest first; those without a journal before all others. */
  async sourcesOf(directory: string, path: string): Promise<Source[]> {
    const names = await readdir(directory);
    const journals = journalsOf(path, names);
    const withJournal = journals.map((journal): Source => {
      const inUse = journal === journals.at(-1) ? [`${path}.log`] : [];
      return { directory, path, journal, names: [journal.data, `${journal.data}.gz`, ...inUse] };
    });
    const stems = new Set(journals.map(({ data }) => data));
    const without = rotatedOf(path, names).filter((name) => !stems.has(name.replace(/\.gz$/, '')));
    return [...without.sort().map((name) => ({ directory, path, journal: undefined, names: [name] })), ...withJournal];
  }

  /** The lines of a batch, without newlines, headers left out. */
  async linesOf({ source, offset, length, stream }: BatchEntry & { readonly source: Source }): Promise<string[]> {
    const bytes = await this.#look(source, (file) => readPart(file, offset, length));
    const lines = (bytes ?? Buffer.alloc(0)).toString().split('\n').slice(0, -1);
    return stream.format === 'tsv' ? lines.filter((line) => !line.startsWith('#')) : lines;
  }

  /** Bytes of a stretch's data that are there; 0 if it is gone. */
  async sizeOf(source: Source): Promise<number> {
    return (await this.#look(source, async (file) => (await stat(file)).size)) ?? 0;
  }

  /** Removes what it has unpacked. */
  async close(): Promise<void> {
    if (this.#scratch !== undefined) await rm(await this.#scratch, { recursive: true, force: true });
  }

  async #batchesIn(source: Source, before: StreamEntry | undefined): Promise<StoredBatch[]> {
    const size = await this.sizeOf(source);
    const content =
      source.journal && (await readFile(join(source.directory, source.journal.file)).catch(() => undefined));
    const all = content && readJournal(content);
    const known = content && readJournal(content, size);
    const batches = (known?.batches ?? []).map((batch): StoredBatch => ({ ...batch, source }));
    // What no journal speaks of is given as it is, with the columns of what came before.
    const start = all?.dataEnd ?? 0;
    const stream = known?.stream ?? before;
    if (size <= start || stream === undefined) return batches;
    const format = await this.#formatOf(source, stream.format);
    const rest = { offset: start, length: size - start, writer: source.names[0] as string, number: 0, settled: 0 };
    return [...batches, { ...rest, count: 0, first: 0, stride: 1, stream: { ...stream, format }, source }];
  }

  async #formatOf(source: Source, otherwise: LogFormatName): Promise<LogFormatName> {
    const first = (await this.#look(source, (file) => readPart(file, 0, 1)))?.toString();
    return first === '#' ? 'tsv' : first === '{' ? 'json' : otherwise;
  }

  /**
   * Looks at the data of a stretch, again if that was rotated meanwhile: then it is gone, or what was seen is the next one's.
   * Undefined if there is none.
   */
  async #look<T>(source: Source, look: (file: string) => Promise<T>): Promise<T | undefined> {
    for (;;) {
      const file = await this.#locate(source);
      if (file === undefined) return undefined;
      try {
        const seen = await look(file);
        if (file === (await this.#locate(source))) return seen;
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
      }
    }
  }

  /** Where the data of a stretch is now, unpacked; a logger may rotate and compress it meanwhile. */
  async #locate({ directory, names, path }: Source): Promise<string | undefined> {
    for (let attempt = 0; attempt < 3; attempt++) {
      for (const name of names) {
        const file = join(directory, name);
        if (!(await exists(file))) continue;
        if (name.endsWith('.gz')) return this.#unpack(file);
        // The file in use may have become another one since the rotated ones were looked for.
        const isInUse = name === `${path}.log`;
        if (isInUse && (await someExist(directory, names.slice(0, -1)))) break;
        return file;
      }
    }
    return undefined;
  }

  #unpack(file: string): Promise<string> {
    this.#scratch ??= mkdtemp(join(tmpdir(), 'muster-logs-'));
    const known =
      this.#unpacked.get(file) ??
      this.#scratch.then((scratch) => unpack(file, join(scratch, `${this.#unpacked.size}`)));
    this.#unpacked.set(file, known);
    return known;
  }
}

async function unpack(from: string, to: string): Promise<string> {
  await pipeline(createReadStream(from), createGunzip(), createWriteStream(to, { mode: 0o600 }));
  return to;
}

async function readPart(file: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function someExist(directory: string, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (await exists(join(directory, name))) return true;
  return false;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
