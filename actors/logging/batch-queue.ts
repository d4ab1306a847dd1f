/**
 * Batch queue: the batches of this node on their way to loggers. A batch leaves it when a logger has acknowledged it.
 * Each logger has a bounded number of them under way; the batches of a logger that goes down go to the next one. What finds
 * no room in memory goes to the disk, if there is a place for it.
 */
import { type BatchMessage, maxUnderWay } from './messages.js';
import type { Spill } from './spill.js';

/** Who keeps logs: a peer, or this node itself. */
export interface LoggerPeer {
  readonly name: string;
  send(message: BatchMessage): void;
}

/** A batch, from its closing to its acknowledgement. */
export interface Outgoing {
  readonly writer: string;
  readonly number: number;
  readonly count: number;
  /** Id of its stream, and bytes of its records; of one that an earlier lifetime left on the disk, known once it is read. */
  stream: string;
  size: number;
  /** What is sent; undefined while it is on the disk alone. */
  message: BatchMessage | undefined;
  state: 'queued' | 'under way' | 'settled';
  /** Whether it is on the disk, or on its way there. */
  isSpilled: boolean;
}

export interface BatchQueueSetup {
  readonly writer: string;
  readonly isRoundRobin: boolean;
  readonly maxBytes: number;
  readonly spill: Spill | undefined;
  /** A batch is kept by a logger. */
  kept(batch: Outgoing): void;
  /** There is more room in memory. */
  relieved(): void;
  /** A batch will never be kept. */
  lost(batch: Outgoing, reason: string): void;
}

interface Logger {
  readonly peer: LoggerPeer;
  readonly underWay: Set<Outgoing>;
  /** What it has had, so that all get the same; one that comes later begins with what the others have. */
  records: number;
}

export class BatchQueue {
  readonly #setup: BatchQueueSetup;
  /** By name, in that order. */
  #loggers: Logger[] = [];
  /** In the order in which they are to be sent; those before `#head` are sent, and those that are settled count no more. */
  #queue: Outgoing[] = [];
  #head = 0;
  /** All that are not settled: of this lifetime, in the order of their numbers, and of earlier ones, by their ids. */
  readonly #own = new Map<number, Outgoing>();
  readonly #left = new Map<string, Outgoing>();
  #assigned = 0;
  #bytes = 0;
  #isLoading = false;
  #waiting: { readonly upTo: number; readonly resolve: () => void }[] = [];

  constructor(setup: BatchQueueSetup) {
    this.#setup = setup;
  }

  /** Bytes of batches in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records of batches that no logger has acknowledged, in memory or on the disk. */
  get records(): number {
    let records = 0;
    for (const batches of [this.#own, this.#left]) for (const { count } of batches.values()) records += count;
    return records;
  }

  /** Number of the batch that was added last. */
  get assigned(): number {
    return this.#assigned;
  }

  /** Loggers that are up. */
  get loggers(): number {
    return this.#loggers.length;
  }

  /** Up to here, every batch of this lifetime is acknowledged or lost. */
  get settled(): number {
    for (const number of this.#own.keys()) return number - 1;
    return this.#assigned;
  }

  /** Takes a batch; its number is the next one. */
  add(stream: string, count: number, messageOf: (number: number) => BatchMessage): void {
    this.#assigned += 1;
    const { writer, spill, maxBytes } = this.#setup;
    const number = this.#assigned;
    const message = messageOf(number);
    const size = message[7].length;
    const batch: Outgoing = { writer, number, stream, count, size, message, state: 'queued', isSpilled: false };
    this.#own.set(number, batch);
    this.#queue.push(batch);
    this.#bytes += size;
    if (spill !== undefined && this.#bytes > maxBytes) void this.#spill(batch, spill);
    this.#send();
  }

  /** Takes a batch that an earlier lifetime has left on the disk. */
  addLeft({ writer, number, count }: Pick<Outgoing, 'writer' | 'number' | 'count'>): void {
    const unread = { stream: '', size: 0, message: undefined, state: 'queued', isSpilled: true } as const;
    const batch: Outgoing = { writer, number, count, ...unread };
    this.#left.set(keyOf(writer, number), batch);
    this.#queue.push(batch);
    this.#send();
  }

  loggerUp(peer: LoggerPeer): void {
    this.loggerDown(peer.name);
    const records = Math.max(0, ...this.#loggers.map((logger) => logger.records));
    const logger = { peer, underWay: new Set<Outgoing>(), records };
    this.#loggers = [...this.#loggers, logger].sort((a, b) => (a.peer.name < b.peer.name ? -1 : 1));
    this.#send();
  }

  /** What was under way to it is sent again. */
  loggerDown(name: string): void {
    const logger = this.#loggers.find(({ peer }) => peer.name === name);
    if (logger === undefined) return;
    this.#loggers = this.#loggers.filter((other) => other !== logger);
    for (const batch of logger.underWay) batch.state = 'queued';
    this.#queue = [...logger.underWay, ...this.#queue.slice(this.#head)];
    this.#head = 0;
    this.#send();
  }

  /** A logger has these batches now. Which one does not matter: a batch that is kept is kept. */
  kept(writer: string, numbers: readonly number[]): void {
    for (const number of numbers) {
      const batch = writer === this.#setup.writer ? this.#own.get(number) : this.#left.get(keyOf(writer, number));
      if (batch === undefined) continue;
      this.#settle(batch);
      this.#setup.kept(batch);
    }
    this.#tellSettled();
    this.#send();
  }

  /** Resolves once all batches up to this number are settled. */
  settledUpTo(upTo: number): Promise<void> {
    if (this.settled >= upTo) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ upTo, resolve }));
  }

  /** Writes to the disk what is in memory alone, if there is a place for it; what stays behind is lost. */
  async close(): Promise<void> {
    const { spill } = this.#setup;
    this.#loggers = [];
    const rest = [...this.#own.values(), ...this.#left.values()];
    if (spill !== undefined) {
      await Promise.all(rest.filter(({ isSpilled }) => !isSpilled).map((batch) => this.#spill(batch, spill)));
      await spill.done();
    }
    for (const batch of rest)
      if (!batch.isSpilled) this.#setup.lost(batch, 'the node has left, and no logger had them');
    this.#own.clear();
    this.#left.clear();
    this.#queue = [];
    this.#tellSettled();
  }

  #settle(batch: Outgoing): void {
    batch.state = 'settled';
    for (const { underWay } of this.#loggers) underWay.delete(batch);
    if (batch.writer === this.#setup.writer) this.#own.delete(batch.number);
    else this.#left.delete(keyOf(batch.writer, batch.number));
    if (batch.message !== undefined) this.#bytes -= batch.size;
    batch.message = undefined;
    if (batch.isSpilled) this.#setup.spill?.remove(batch);
  }

  #tellSettled(): void {
    if (this.#waiting.length === 0) return;
    const { settled } = this;
    const due = this.#waiting.filter(({ upTo }) => upTo <= settled);
    this.#waiting = this.#waiting.filter(({ upTo }) => upTo > settled);
    for (const { resolve } of due) resolve();
  }

  #send(): void {
    for (; this.#head < this.#queue.length; this.#head += 1) {
      const batch = this.#queue[this.#head] as Outgoing;
      if (batch.state !== 'queued') continue;
      if (batch.message === undefined) {
        if (this.#loggers.some(hasRoom)) void this.#load(batch);
        break;
      }
      const logger = this.#loggerWithRoom();
      if (logger === undefined) break;
      batch.state = 'under way';
      logger.underWay.add(batch);
      logger.records += batch.count;
      batch.message[2] = batch.writer === this.#setup.writer ? this.settled : 0;
      logger.peer.send(batch.message);
    }
    if (this.#head > 1_024 || this.#head === this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Of those that take one more, the one that has had the fewest records; without turns, the first or none. */
  #loggerWithRoom(): Logger | undefined {
    if (!this.#setup.isRoundRobin) return this.#loggers.slice(0, 1).find(hasRoom);
    let next: Logger | undefined;
    for (const logger of this.#loggers) {
      if (hasRoom(logger) && (next === undefined || logger.records < next.records)) next = logger;
    }
    return next;
  }

  /** Brings a batch to the disk. It leaves the memory when it is there, unless it is on its way to a logger. */
  async #spill(batch: Outgoing, spill: Spill): Promise<void> {
    batch.isSpilled = true;
    const isWritten = await spill.write(batch);
    if (batch.state === 'settled') return;
    if (!isWritten) {
      batch.isSpilled = false;
    } else if (batch.state === 'queued' && batch.message !== undefined) {
      batch.message = undefined;
      this.#bytes -= batch.size;
      this.#setup.relieved();
    }
  }

  async #load(batch: Outgoing): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    const message = await this.#setup.spill?.read(batch);
    this.#isLoading = false;
    if (batch.state === 'queued' && message === undefined) {
      this.#settle(batch);
      this.#setup.lost(batch, 'what was spilled cannot be read');
      this.#tellSettled();
    } else if (batch.state === 'queued' && batch.message === undefined && message !== undefined) {
      batch.message = message;
      batch.stream = message[3][0];
      batch.size = message[7].length;
      this.#bytes += batch.size;
    }
    this.#send();
  }
}

function hasRoom({ underWay }: Logger): boolean {
  return underWay.size < maxUnderWay;
}

function keyOf(writer: string, number: number): string {
  return `${number} ${writer}`;
}
