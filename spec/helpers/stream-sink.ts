/**
 * Stream sink: takes the numbers of sources, as fast or as slowly as it is told, and records each in a file at once, so
 * that what a process had got is known also when it was killed.
 */
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterNode } from '../../index.js';

/** Between the two ids in the name of a record. */
const between = '@';

export interface Slowness {
  /** ms that each number takes. */
  readonly perNumber: number;
  /** Whether the process can do nothing else meanwhile. */
  readonly isBusy: boolean;
  /** After so many ms, it is fast again. */
  readonly lasting: number;
}

/** What one lifetime of a receiver got from one of a sender, in order of arrival; 0 for a number that came spoilt. */
export interface StreamRecord {
  readonly receiver: string;
  readonly sender: string;
  readonly numbers: Uint32Array;
}

interface Waiting {
  readonly sender: string;
  readonly upTo: number;
  readonly resolve: () => void;
}

export class StreamSink {
  readonly #directory: string;
  readonly #files = new Map<string, number>();
  readonly #last = new Map<string, number>();
  #waiting: Waiting[] = [];
  #slowness: Slowness = { perNumber: 0, isBusy: false, lasting: 0 };
  #slowUntil = 0;
  #handling: Promise<void> = Promise.resolve();

  /** To be made in the setup of a node. */
  constructor(node: ClusterNode, directory: string) {
    this.#directory = directory;
    node.on('Stream::number', (sender: string, number: number, payload: Uint8Array, size: number) => {
      this.#record(node.id, sender, isWhole(number, payload, size) ? number : 0);
      return this.#dawdle();
    });
  }

  slow(slowness: Slowness): void {
    this.#slowness = slowness;
    this.#slowUntil = performance.now() + slowness.lasting;
  }

  /** Resolves once number `upTo` of the lifetime `sender`, or a later one, has come. */
  received(sender: string, upTo: number): Promise<void> {
    if ((this.#last.get(sender) ?? 0) >= upTo) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ sender, upTo, resolve }));
  }

  #record(receiver: string, sender: string, number: number): void {
    let file = this.#files.get(sender);
    if (file === undefined) {
      file = openSync(join(this.#directory, `${receiver}${between}${sender}`), 'a');
      this.#files.set(sender, file);
    }
    writeSync(file, Uint32Array.of(number));
    this.#last.set(sender, number);
    if (this.#waiting.length > 0) this.#settle();
  }

  #settle(): void {
    const isThere = ({ sender, upTo }: Waiting) => (this.#last.get(sender) ?? 0) >= upTo;
    for (const waiting of this.#waiting.filter(isThere)) waiting.resolve();
    this.#waiting = this.#waiting.filter((waiting) => !isThere(waiting));
  }

  /** One number after the other; those that still wait when it is fast again wait no longer. */
  #dawdle(): Promise<void> | undefined {
    const { perNumber, isBusy } = this.#slowness;
    if (!this.#isSlow) return undefined;
    if (isBusy) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, perNumber);
      return undefined;
    }
    this.#handling = this.#handling.then(() => {
      if (this.#isSlow) return new Promise((resolve) => setTimeout(resolve, perNumber));
    });
    return this.#handling;
  }

  get #isSlow(): boolean {
    return performance.now() < this.#slowUntil;
  }
}

/** Everything that sinks have recorded in a directory. */
export function readRecords(directory: string): StreamRecord[] {
  return readdirSync(directory).map((name) => {
    const [receiver = '', sender = ''] = name.split(between);
    const { buffer } = Uint8Array.from(readFileSync(join(directory, name)));
    return { receiver, sender, numbers: new Uint32Array(buffer) };
  });
}

function isWhole(number: number, payload: Uint8Array, size: number): boolean {
  return payload.length === size && (size === 0 || (payload[0] === number % 256 && payload[size - 1] === number % 256));
}
