/**
 * A lab for a kept log on simulated files: its process can die at any moment, and its disk can fill.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { KeptLog, type KeptLogSetup } from '../../logs/kept-log.js';
import type { KeptBatch } from '../../logs/stretch.js';
import { SimulatedFiles } from '../../testing/simulated-files.js';
import { createFakeRuntime, type FakeRuntime } from '../helpers/fake-runtime.js';

const columns = [
  { name: 'writer', type: 'string' },
  { name: 'number', type: 'count' },
  { name: 'index', type: 'count' },
] as const;

/** Records of a batch. */
const size = 3;

export class KeptLogLab {
  readonly files: SimulatedFiles;
  readonly told: string[] = [];
  /** Batches that were said to be kept, as `writer number`. */
  readonly kept = new Set<string>();
  readonly #given: Partial<KeptLogSetup>;
  #runtime: FakeRuntime;
  #log: KeptLog;
  #now = 1_700_000_000_000;

  constructor(random: () => number, given: Partial<KeptLogSetup> = {}) {
    this.files = new SimulatedFiles(random);
    this.#given = given;
    [this.#runtime, this.#log] = this.#start();
  }

  keep(writer: string, number: number, settled = 0): void {
    const rows = Array.from({ length: size }, (_, index) => [writer, number, index]);
    const batch: KeptBatch = {
      writer,
      number,
      settled,
      stream: { id: 'Test::LOG', columns },
      first: (number - 1) * size + 1,
      stride: 1,
      rows,
    };
    this.#log.keep(batch, () => this.kept.add(`${writer} ${number}`));
  }

  rotate(): void {
    this.#log.rotate();
  }

  /** Lets so many ms go by. */
  async pass(ms: number): Promise<void> {
    for (let i = 0; i < ms; i++) {
      await nextTurn();
      this.#runtime.advance(1);
    }
    await nextTurn();
  }

  /** The process dies, and another one begins, with another format if one is given. */
  crash(format?: KeptLogSetup['format']): void {
    this.files.crash();
    this.#now = this.#runtime.now();
    [this.#runtime, this.#log] = this.#start(format);
  }

  async close(): Promise<void> {
    let isClosed = false;
    const closing = this.#log.close().then(() => {
      isClosed = true;
    });
    while (!isClosed) await this.pass(1);
    await closing;
  }

  /** Text of each data file, by name. */
  get data(): Map<string, string> {
    const found = [...this.files.contents].filter(([path]) => path.endsWith('.log'));
    return new Map(found.map(([path, bytes]) => [path.slice('logs/'.length), Buffer.from(bytes).toString()]));
  }

  /** What is wrong: records that are not whole, are there twice, or were kept and are not there. */
  get faults(): string[] {
    const faults: string[] = [];
    const times = new Map<string, number>();
    for (const [name, text] of this.data) {
      if (text !== '' && !text.endsWith('\n')) faults.push(`${name} ends in a torn line`);
      for (const line of text.split('\n').slice(0, -1)) {
        if (line.startsWith('#')) continue;
        const [writer, number, index] = line.startsWith('{')
          ? Object.values(JSON.parse(line))
          : line.split('\t').map((field, i) => (i === 0 ? field : Number(field)));
        const key = `${writer} ${number} ${index}`;
        times.set(key, (times.get(key) ?? 0) + 1);
      }
    }
    for (const [key, count] of times) if (count > 1) faults.push(`${key} is there ${count} times`);
    const batches = new Set([...times.keys()].map((key) => key.slice(0, key.lastIndexOf(' '))));
    for (const batch of [...batches, ...this.kept]) {
      const there = Array.from({ length: size }, (_, index) => times.has(`${batch} ${index}`)).filter(Boolean).length;
      if (there !== size)
        faults.push(`${batch}: ${there} of ${size} records, ${this.kept.has(batch) ? '' : 'not '}kept`);
    }
    return faults;
  }

  #start(format: KeptLogSetup['format'] = 'json'): [FakeRuntime, KeptLog] {
    const runtime = createFakeRuntime({ now: this.#now });
    const log = new KeptLog({
      files: this.files.open(runtime),
      directory: 'logs',
      path: 'test',
      node: 'logger-1',
      format,
      rotation: { interval: undefined, size: undefined, isCompressed: false, expiry: undefined },
      isSynced: false,
      runtime,
      onError: (message) => this.told.push(`error: ${message}`),
      onRecovery: (message) => this.told.push(`recovery: ${message}`),
      ...this.#given,
    });
    return [runtime, log];
  }
}
