/**
 * Simulated files: those of one node's logs, in memory. What is asked of them takes its time; what was not handed over when
 * the node crashes is lost, and of the write in between a part may be there.
 */
import type { LogFileHandle, LogFiles } from '../logs/files.js';
import type { Runtime } from '../runtime.js';

/** How long a write takes, in ms. */
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
    return {
      list: async (directory) =>
        [...files.keys()]
          .filter((path) => path.startsWith(`${directory}/`))
          .map((path) => path.slice(directory.length + 1)),
      read: async (path) => files.get(path)?.bytes,
      modified: async (path) => files.get(path)?.modified,
      async open(path): Promise<LogFileHandle> {
        const file = files.get(path) ?? { bytes: Buffer.alloc(0), modified: runtime.now() };
        files.set(path, file);
        return {
          size: file.bytes.length,
          write: (bytes, position) => write(file, bytes, position),
          truncate: async (size) => {
            file.bytes = file.bytes.subarray(0, size);
          },
          sync: pause,
          isInPlace: async (size) => files.get(path) === file && file.bytes.length === size,
          close: async () => {},
        };
      },
      async rename(from, to) {
        const file = files.get(from);
        if (file === undefined) throw new Error(`no file ${from}`);
        files.delete(from);
        files.set(to, file);
      },
      remove: async (path) => {
        files.delete(path);
      },
      // Nobody reads it in a simulation: what matters is that it is there under its name.
      async compress(path) {
        const file = files.get(path);
        if (file !== undefined) files.set(`${path}.gz`, file);
        files.delete(path);
      },
      syncDirectory: pause,
    };
  }
}

function overwritten(file: Buffer, bytes: Uint8Array, position: number): Buffer {
  const end = position + bytes.length;
  const result = Buffer.alloc(Math.max(file.length, end));
  file.copy(result);
  result.set(bytes, position);
  return result;
}
