/**
 * Log streams: all streams of one node, and its part in keeping those of others. Decides who the loggers are, closes batches
 * when their time has come, and brings the messages of peers to those they are for.
 */
import { join } from 'node:path';
import { MusterError } from '../../errors.js';
import { show } from '../../layout/show.js';
import { type ColumnsInput, columnsOf, type RecordOf } from '../../logs/columns.js';
import type { LogFiles } from '../../logs/files.js';
import { defaultPath, isValidPath, pathRule } from '../../logs/names.js';
import type { TimerHandle } from '../../runtime.js';
import type { EventBus } from '../event-bus.js';
import { Losses, type RecordLoss } from '../losses.js';
import type { NodeCore, Peer } from '../node-core.js';
import type { Part } from '../part.js';
import type { Peering } from '../peering.js';
import type { Peerings } from '../peerings.js';
import type { Router } from '../router.js';
import { BatchQueue, type LoggerPeer } from './batch-queue.js';
import { Keeper } from './keeper.js';
import { type LogStream, type LogStreamInfo, type LogWriter, StreamWriter } from './log-stream.js';
import { logEvent, maxStreamId, readKept } from './messages.js';
import type { SealedRecords } from './open-batch.js';
import { createJudge, type Policy } from './policy.js';
import { Spill } from './spill.js';

/** A record leaves its node after so long, in ms, if its batch has not filled before. */
const batchInterval = 1_000;

export interface LogStreamDefinition<C extends ColumnsInput> {
  /** Types by name, or a list of `{ name, type }`. */
  readonly columns: C;
  /** Name of the log: letters, digits, `_` and `-`. @defaultValue made from the id: `Known::HOSTS_LOG` → `known_hosts` */
  readonly path?: string | undefined;
  /** Decides about each record at the writer, at once: `false` leaves it out, a record takes its place. */
  readonly policy?: ((record: RecordOf<C>) => unknown) | undefined;
}

export interface LogStreamsParts {
  readonly core: NodeCore;
  readonly bus: EventBus;
  readonly peerings: Peerings;
  readonly router: Router;
  readonly files: LogFiles;
}

export class LogStreams implements LogWriter, Part {
  readonly #parts: LogStreamsParts;
  readonly #streams = new Map<string, StreamWriter>();
  readonly #queue: BatchQueue;
  readonly #keeper: Keeper;
  readonly #losses: Losses<RecordLoss>;
  /** Peers that keep logs; none: this node keeps its own. */
  #loggers: ReadonlySet<string>;
  readonly #spill: Spill | undefined;
  readonly #maxBytes: number;
  /** Bytes of records in open batches. */
  #openBytes = 0;
  #timer: TimerHandle | undefined;
  #isSealing = false;
  #drained: (() => void)[] = [];
  /** Records lost that no flush has told of. */
  #untold = 0;
  readonly maxEventSize: number;

  constructor(parts: LogStreamsParts) {
    this.#parts = parts;
    const { core, files } = parts;
    const { options } = core;
    this.#maxBytes = options.maxBufferedLogBytes;
    this.maxEventSize = options.maxEventSize;
    this.#loggers = new Set(loggersOf(parts));
    const kindOf = ({ stream, reason }: RecordLoss) => `${stream} ${reason}`;
    this.#losses = new Losses(core.runtime, kindOf, ({ stream, count, reason }) => {
      core.diagnostics.warn(`${count} records of log stream ${stream} are lost: ${reason}`);
      parts.bus.raise('Muster::log_records_lost', [stream, count, reason]);
    });
    this.#keeper = new Keeper(core, files);
    if (options.logSpillDir !== '' && this.#loggers.size > 0) {
      const directory = join(options.stateDir, options.logSpillDir, core.name);
      this.#spill = new Spill({ files, directory, onError: (message) => core.diagnostics.error(message) });
    }
    this.#queue = new BatchQueue({
      writer: core.id,
      isRoundRobin: options.enableRoundRobinLogging,
      maxBytes: options.maxBufferedLogBytes,
      spill: this.#spill,
      kept: ({ stream, count }) => this.#kept(stream, count),
      relieved: () => this.#relieved(),
      lost: ({ stream, count }, reason) => this.#lost(this.#streams.get(stream), stream, count, reason),
    });
    if (this.#loggers.size === 0) this.#queue.loggerUp(this.#self());
  }

  get diagnostics() {
    return this.#parts.core.diagnostics;
  }

  get lanes(): number {
    return this.#parts.core.options.enableRoundRobinLogging ? Math.max(this.#queue.loggers, 1) : 1;
  }

  get room(): number {
    // What is on its way to the disk has as much room again.
    const most = this.#spill === undefined ? this.#maxBytes : 2 * this.#maxBytes;
    return most - this.#fill;
  }

  get isShort(): boolean {
    // What is beyond the bounds goes to the disk by itself.
    return this.#fill > (this.#spill === undefined ? this.#maxBytes / 2 : this.#maxBytes);
  }

  get infos(): LogStream[] {
    return [...this.#streams.values()];
  }

  /** Records of this node that no logger has acknowledged. */
  get buffered(): number {
    return [...this.#streams.values()].reduce((sum, { open }) => sum + open, this.#queue.records);
  }

  /** Sends what an earlier lifetime of this node has left on its disk. */
  async start(): Promise<void> {
    for (const batch of (await this.#spill?.left()) ?? []) this.#queue.addLeft(batch);
  }

  /** @throws {@link MusterError} `MUSTER_LOG_STREAM_INVALID` */
  create<const C extends ColumnsInput>(id: string, given: LogStreamDefinition<C>): LogStream<C> {
    if (typeof id !== 'string' || id === '' || id.length > maxStreamId)
      throw bad(id, `its id is a string of 1 to ${maxStreamId} characters`);
    const columns = columnsOf(id, given.columns);
    const path = given.path ?? defaultPath(id);
    if (!isValidPath(path)) throw bad(id, `path ${show(path)}: expected ${pathRule}`);
    if (given.policy !== undefined && typeof given.policy !== 'function') throw bad(id, 'its policy is no function');
    const info: LogStreamInfo = { id, path, columns };
    const known = this.#streams.get(id);
    if (known !== undefined) {
      if (JSON.stringify(known.wire) !== wireOf(info))
        throw bad(id, 'it was created before, with other columns or path');
      this.diagnostics.warn(`log stream ${id} was created before: the same one is given`);
      return known as LogStream as LogStream<C>;
    }
    const owner = [...this.#streams.values()].find((stream) => stream.path === path);
    if (owner !== undefined) throw bad(id, `path ${path} is that of stream ${owner.id}`);
    const judge = given.policy && createJudge(given.policy as Policy, `the policy of ${id}`, this.diagnostics);
    const stream = new StreamWriter(info, judge, this);
    this.#streams.set(id, stream);
    return stream as LogStream as LogStream<C>;
  }

  /** @throws {@link MusterError} `MUSTER_LOG_STREAM_UNKNOWN`, and what `LogStream.write` throws. */
  write(id: string, record: object): boolean {
    const stream = this.#streams.get(id);
    if (stream !== undefined) return stream.write(record);
    const known = [...this.#streams.keys()].join(', ');
    throw new MusterError(
      'MUSTER_LOG_STREAM_UNKNOWN',
      `no log stream ${show(id)} was created here; there are ${known}`,
    );
  }

  added(size: number): void {
    this.#openBytes += size;
    if (this.#loggers.size > 0) {
      this.#timer ??= this.#parts.core.runtime.setTimeout(() => this.#seal(), batchInterval);
    } else {
      this.#sealSoon();
    }
  }

  sealed({ id, wire }: StreamWriter, { first, stride, count, records }: SealedRecords, size: number): void {
    const { id: writer } = this.#parts.core;
    this.#openBytes -= size;
    this.#queue.add(id, count, (number) => [writer, number, 0, wire, first, stride, count, records]);
  }

  lost(stream: StreamWriter, count: number, reason: string): void {
    this.#lost(stream, stream.id, count, reason);
  }

  async flush(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#seal();
    const settled = this.#queue.settledUpTo(this.#queue.assigned);
    await (signal === undefined ? settled : abortable(settled, signal));
    const lost = this.#untold;
    this.#untold = 0;
    if (lost === 0) return;
    throw new MusterError(
      'MUSTER_LOG_RECORDS_LOST',
      `${lost} log records since the last flush are lost, see the warnings`,
    );
  }

  drained(): Promise<void> {
    if (this.#isAmple) return Promise.resolve();
    // What is in open batches leaves as well.
    this.#seal();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#relieved();
    });
  }

  /** The peerings follow another layout. */
  follow(): void {
    const before = this.#loggers;
    const now = new Set(loggersOf(this.#parts));
    const { peerings } = this.#parts;
    this.#loggers = now;
    if (before.size === 0 && now.size > 0) this.#queue.loggerDown(this.#self().name);
    if (before.size > 0 && now.size === 0) this.#queue.loggerUp(this.#self());
    for (const name of before) if (!now.has(name)) this.#queue.loggerDown(name);
    for (const name of now) {
      const peering = before.has(name) ? undefined : peerings.get(name);
      if (peering?.isUp) this.peerUp(peering);
    }
    this.#seal();
  }

  peerUp(peering: Peering): void {
    if (!this.#loggers.has(peering.name)) return;
    const { router } = this.#parts;
    const send: LoggerPeer['send'] = (message) => router.publishFramework('', logEvent, ['batch', ...message], peering);
    this.#queue.loggerUp({ name: peering.name, send });
    this.#seal();
  }

  peerDown({ name }: Peer): void {
    if (!this.#loggers.has(name)) return;
    this.#queue.loggerDown(name);
    this.#seal();
  }

  /**
   * A message has come from a peer.
   * @throws {@link MusterError} `MUSTER_FRAME_INVALID` for what is none.
   */
  receive(from: Peer, [kind, ...message]: readonly unknown[]): void {
    if (kind === 'kept') {
      const [writer, numbers] = readKept(message);
      if (this.#loggers.has(from.name)) this.#queue.kept(writer, numbers);
      return;
    }
    const { nodeType } = this.#parts.core;
    const isOwn = typeof message[0] === 'string' && message[0].startsWith(`${from.name}_`);
    if (kind !== 'batch' || !isOwn || !['logger', 'manager'].includes(nodeType)) {
      throw new MusterError('MUSTER_FRAME_INVALID', `a message about logs, ${show(kind)}, that is not for this node`);
    }
    this.#keeper.keep(message, (writer, number) => this.#tellKept(from.name, writer, number));
  }

  rotate(): void {
    this.#keeper.rotate();
  }

  reopen(): void {
    this.#keeper.reopen();
  }

  /** Resolves once everything written here is kept, if there is a logger to keep it, and everything of others, too. */
  async settled(): Promise<void> {
    this.#seal();
    if (this.#queue.loggers > 0) await this.#queue.settledUpTo(this.#queue.assigned);
    await this.#keeper.idle();
  }

  /** Ends everything. What no logger has, and is not on the disk, is lost. */
  async close(): Promise<void> {
    const { runtime } = this.#parts.core;
    this.#seal();
    runtime.clearTimeout(this.#timer);
    for (const stream of this.#streams.values()) stream.isClosed = true;
    await this.#queue.close();
    this.#losses.close();
    await this.#keeper.close();
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  get #fill(): number {
    return this.#queue.bytes + this.#openBytes;
  }

  get #isAmple(): boolean {
    return this.#fill <= (this.#spill === undefined ? this.#maxBytes / 4 : this.#maxBytes);
  }

  /** Records of one turn are a batch; while one is being written here, those of many turns are. */
  #sealSoon(): void {
    if (this.#isSealing || this.#queue.settled < this.#queue.assigned) return;
    this.#isSealing = true;
    this.#parts.core.runtime.endOfTurn(() => {
      this.#isSealing = false;
      this.#seal();
    });
  }

  #seal(): void {
    this.#parts.core.runtime.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const stream of this.#streams.values()) stream.seal();
  }

  #kept(stream: string, count: number): void {
    const found = this.#streams.get(stream);
    if (found !== undefined) found.stats.kept += count;
    this.#relieved();
    if (this.#loggers.size === 0 && this.#openBytes > 0) this.#sealSoon();
  }

  #relieved(): void {
    if (this.#drained.length === 0 || !this.#isAmple) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #lost(found: StreamWriter | undefined, stream: string, count: number, reason: string): void {
    if (found !== undefined) found.stats.lost += count;
    this.#untold += count;
    this.#losses.note({ stream, count, reason });
  }

  #tellKept(name: string, writer: string, number: number): void {
    const { peerings, router } = this.#parts;
    const peering = peerings.get(name);
    if (peering !== undefined) router.publishFramework('', logEvent, ['kept', writer, [number]], peering);
  }

  /** This node as its own logger. */
  #self(): LoggerPeer {
    const { name } = this.#parts.core;
    return {
      name,
      send: (message) => this.#keeper.keep(message, (writer, number) => this.#queue.kept(writer, [number])),
    };
  }
}

/** The peers that keep this node's records. None of them: it keeps its records itself, and so does a logger. */
function loggersOf({ core, peerings }: LogStreamsParts): string[] {
  const { layout, nodeType, options } = core;
  const hasLoggers = Object.values(layout).some((node) => node.nodeType === 'logger');
  const keeping = hasLoggers ? 'logger' : options.managerIsLogger ? 'manager' : undefined;
  if (keeping === undefined || keeping === nodeType) return [];
  return peerings.planned.filter((peering) => peering.nodeType === keeping).map(({ name }) => name);
}

function wireOf({ id, path, columns }: LogStreamInfo): string {
  return JSON.stringify([id, path, columns.map(({ name, type }) => [name, type])]);
}

function bad(id: unknown, why: string): MusterError {
  return new MusterError('MUSTER_LOG_STREAM_INVALID', `log stream ${show(id)}: ${why}`);
}

/** `fact`, unless the signal is aborted before. */
function abortable(fact: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    fact.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
