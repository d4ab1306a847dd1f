/**
 * Simulated disk: a backend whose writes take their time, and which loses at a crash what was not written.
 */
import type { Runtime } from '../runtime.js';
import type { Backend, Batch, Origin, StoreState } from '../stores/backend.js';
import { type Entry, writeEntry } from '../stores/entry.js';
import type { KeyId } from '../stores/key.js';
import { MemoryBackend } from '../stores/memory.js';

/** What outlives the process that writes it. */
export class SimulatedDisk {
  readonly #content = new MemoryBackend();
  readonly #origins = new Map<string, Origin>();
  readonly #writeTime: () => number;
  #unwritten: { readonly batch: Batch; readonly done: () => void }[] = [];

  /** @param writeTime - How long the next write takes, in ms. */
  constructor(writeTime = () => 2) {
    this.#writeTime = writeTime;
  }

  /** Opens what is there. Without a runtime, writes are done when {@link write} is called. */
  open(runtime?: Runtime): Backend {
    const content = this.#content;
    const unwritten = this.#unwritten;
    return {
      kind: 'lmdb',
      origins: new Map(this.#origins),
      get state(): StoreState | undefined {
        return content.state;
      },
      get: (id: KeyId): Entry | undefined => content.get(id),
      has: (id) => content.has(id),
      read: (id) => content.read(id),
      ids: () => content.ids(),
      scan: () => content.scan(),
      scanWritten: () => content.scanWritten(),
      nextExpiry: () => content.nextExpiry(),
      due: (now, limit) => content.due(now, limit),
      write: (batch) =>
        new Promise((resolve) => {
          unwritten.push({ batch, done: resolve });
          runtime?.setTimeout(() => this.write(1), this.#writeTime());
        }),
      close: async () => {},
    };
  }

  /** Writes the next batches, as many as there are up to `count`. */
  write(count: number): void {
    for (const { batch, done } of this.#unwritten.splice(0, count)) {
      this.#content.write(batch);
      for (const [clone, origin] of batch.origins) {
        if (origin === undefined) this.#origins.delete(clone);
        else this.#origins.set(clone, origin);
      }
      done();
    }
  }

  /** What is written, on a disk of its own. */
  copy(): SimulatedDisk {
    const disk = new SimulatedDisk();
    const changes = new Map(
      [...this.#content.scan()].map(([id, entry]) => {
        return [id, writeEntry(id, entry.value, entry.version, entry.expiry)] as const;
      }),
    );
    const state = this.#content.state;
    if (state !== undefined) disk.#content.write({ clears: false, changes, state, origins: new Map() });
    for (const [clone, origin] of this.#origins) disk.#origins.set(clone, origin);
    return disk;
  }

  /** What is not written is lost, and whoever waits for it waits for ever. */
  crash(): void {
    this.#unwritten = [];
  }
}
