/**
 * Simulated files: those of one node's logs, in memory. What is asked of them takes its time; what was not handed over when
 * the node crashes is lost, and of the write in between a part may be there.
 */
import type { LogFileHandle, LogFiles } from '../logs/files.js';
import type { Runtime } from '../runtime.js';

/** How long each thing that is asked takes, in ms. */
const writeTime = 1;

interface SimulatedFile {
  bytes: Buffer;
  modified: number;
}

/** What outlives the process that writes it. */
export class SimulatedFiles {
  readonly #random: () => number;
  readonly #files = new Map<string, SimulatedFile>();
  /** The writes that are going on. */
  #writes = new Set<{ readonly partly: () => void }>();
  /** What `write` rejects with, while it is set. */
  failure: Error | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  get contents(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#files].map(([path, { bytes }]) => [path, bytes]));
  }

  /** The process dies. */
  crash(): void {
    for (const { partly } of this.#writes) partly();
    this.#writes = new Set();
  }

  /** As one process sees them. */
  open(runtime: Pick<Runtime, 'now' | 'setTimeout'>): LogFiles {
    const files = this.#files;
    const pause = () => new Promise<void>((resolve) => runtime.setTimeout(resolve, writeTime));
    const write = (file: SimulatedFile, bytes: Uint8Array, position: number): Promise<void> => {
      if (this.failure !== undefined) return Promise.reject(this.failure);
      const put = (length: number) => {
        file.bytes = overwritten(file.bytes, bytes.subarray(0, length), position);
        file.modified = runtime.now();
      };
      return new Promise((resolve) => {
        const going = { partly: () => put(Math.floor(this.#random() * (bytes.length + 1))) };
        this.#writes.add(going);
        runtime.setTimeout(() => {
          this.#writes.delete(going);
          put(bytes.length);
          resolve();
        }, writeTime);
      });
    };
    /** Does something at once, after a time in which the process may die. */
    const later = async <T>(deed: () => T): Promise<T> => {
      await pause();
      return deed();
    };
    const handleOf = (path: string, file: SimulatedFile): LogFileHandle => ({
      size: file.bytes.length,
      write: (bytes, position) => write(file, bytes, position),
      truncate: (size) =>
        later(() => {
          file.bytes = file.bytes.subarray(0, size);
        }),
      sync: pause,
      isInPlace: (size) => later(() => files.get(path) === file && file.bytes.length === size),
      close: async () => {},
    });
    const take = (path: string): SimulatedFile => {
      const file = files.get(path);
      if (file === undefined) throw new Error(`no file ${path}`);
      files.delete(path);
      return file;
    };
    return {
      list: (directory) => later(() => namesIn(directory, [...files.keys()])),
      read: (path) => later(() => files.get(path)?.bytes),
      modified: (path) => later(() => files.get(path)?.modified),
      open: (path) =>
        later(() => {
          const file = files.get(path) ?? { bytes: Buffer.alloc(0), modified: runtime.now() };
          files.set(path, file);
          return handleOf(path, file);
        }),
      rename: (from, to) => later(() => void files.set(to, take(from))),
      remove: (path) => later(() => void files.delete(path)),
      // Nobody reads it in a simulation: what matters is that it is there under its name.
      compress: (path) => later(() => void files.set(`${path}.gz`, take(path))),
      syncDirectory: pause,
    };
  }
}

function namesIn(directory: string, paths: readonly string[]): string[] {
  return paths.filter((path) => path.startsWith(`${directory}/`)).map((path) => path.slice(directory.length + 1));
}

function overwritten(file: Buffer, bytes: Uint8Array, position: number): Buffer {
  const end = position + bytes.length;
  const result = Buffer.alloc(Math.max(file.length, end));
  file.copy(result);
  result.set(bytes, position);
  return result;
}
