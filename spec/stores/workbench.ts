/** What the specs of backends share: batches made from plain keys and values, and a directory that goes with the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Backend, Batch, Origin } from '../../stores/backend.js';
import { digestWith, type WrittenEntry, writeEntry } from '../../stores/entry.js';
import { idOf, type KeyId, keyOf } from '../../stores/key.js';
import { type LmdbOptions, openLmdbBackend } from '../../stores/lmdb/open.js';

export interface Change {
  readonly key: unknown;
  /** Absent: the key is erased. */
  readonly value?: unknown;
  readonly expiry?: number;
}

/** Writes as a master does: counts, and keeps size and digest right. */
export class Scribe {
  readonly #entries = new Map<KeyId, Pick<WrittenEntry, 'hash' | 'length'>>();
  #digest = 0;
  #bytes = 0;
  #sequence: number;

  constructor(sequence = 0) {
    this.#sequence = sequence;
  }

  batch(
    changes: readonly Change[],
    given: { clears?: boolean; origins?: ReadonlyMap<string, Origin | undefined> } = {},
  ) {
    const { clears = false, origins = new Map() } = given;
    this.#sequence += 1;
    if (clears) {
      this.#entries.clear();
      this.#digest = 0;
      this.#bytes = 0;
    }
    const entries = new Map<KeyId, WrittenEntry | undefined>();
    for (const { key, value, expiry } of changes) {
      const id = idOf(key);
      const entry = value === undefined ? undefined : writeEntry(id, value, this.#sequence, expiry ?? null);
      const before = this.#entries.get(id);
      this.#digest = digestWith(this.#digest, before?.hash ?? 0, entry?.hash ?? 0);
      this.#bytes += (entry?.length ?? 0) - (before?.length ?? 0);
      if (entry === undefined) this.#entries.delete(id);
      else this.#entries.set(id, { hash: entry.hash, length: entry.length });
      entries.set(id, entry);
    }
    const state = {
      epoch: '00c0ffee00c0ffee',
      sequence: this.#sequence,
      digest: this.#digest,
      size: this.#entries.size,
      bytes: this.#bytes,
    };
    return { clears, changes: entries, state, origins } satisfies Batch;
  }
}

/** All entries by key, as a user would list them. */
export function contentOf(backend: Backend): [key: unknown, value: unknown][] {
  const content: [unknown, unknown][] = [];
  const walk = backend.scan();
  for (let step = walk.next(); step.value !== undefined; step = walk.next()) {
    const [id, { value }] = step.value;
    content.push([keyOf(id), value]);
  }
  return content;
}

export async function makeDirectory(t: ExecutionContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-store-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Closed with the test. */
export async function openLmdb(t: ExecutionContext, options: LmdbOptions): Promise<Backend> {
  const backend = await openLmdbBackend(options);
  t.teardown(() => backend.close());
  return backend;
}
