/**
 * Tracer: where one node's parts tell what happens, for those who listen. Numbers the records, and finds the record that led
 * to each: the one within whose handling it is made. While nobody listens, nothing is made.
 */
import type { Runtime } from '../runtime.js';
import {
  type Cause,
  type RecordOf,
  type TraceData,
  type TraceKind,
  type TraceRecord,
  type TraceSink,
  traceVersion,
} from './record.js';

/** What the record of the moment is; shared by the tracers of one process, or of one simulation. */
export class Train {
  cause: Cause | undefined;

  /** `task`, which runs later, because of what happens now. */
  bind(task: () => void): () => void {
    const { cause } = this;
    return cause === undefined ? task : () => this.run(cause, task);
  }

  run<T>(cause: Cause | undefined, task: () => T): T {
    const outer = this.cause;
    this.cause = cause;
    try {
      return task();
    } finally {
      this.cause = outer;
    }
  }
}

/** What knows of something that goes on: those who begin to listen are told of it. */
export interface TraceSource {
  /** Somebody listens from now on. */
  begin?(): void;
  /** Nobody does any more. */
  end?(): void;
  /** Records how things are. */
  describe(): void;
}

/**
 * What a listener is told: all; or only `control`, which leaves out what each event of a user and each frame that carries
 * events leads to, so that a loaded node can be watched.
 */
export type TraceScope = 'all' | 'control';

/** Gives the record as it may be told; undefined: it is told to nobody. Must not throw. */
export type Redact = (record: TraceRecord) => TraceRecord | undefined;

export interface TracerOptions {
  readonly node: string;
  readonly id: string;
  readonly runtime: Pick<Runtime, 'now' | 'monotonic'>;
  /** @defaultValue none */
  readonly redact?: Redact | undefined;
  /** @defaultValue one of its own */
  readonly train?: Train;
}

export class Tracer {
  readonly train: Train;
  readonly #options: TracerOptions;
  readonly #sinks = new Map<TraceSink, TraceScope>();
  readonly #sources = new Set<TraceSource>();
  #sequence = 0;
  #isDetailed = false;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.train = options.train ?? new Train();
  }

  /** Whether anybody listens. */
  get isOn(): boolean {
    return this.#sinks.size > 0;
  }

  /** Whether anybody listens to what each event of a user leads to. */
  get isDetailed(): boolean {
    return this.#isDetailed;
  }

  /** Whether anybody is told of something that is a detail, or is none. */
  tells(isDetail: boolean): boolean {
    return isDetail ? this.#isDetailed : this.isOn;
  }

  /** @returns a function that ends it. */
  listen(sink: TraceSink, scope: TraceScope = 'all'): () => void {
    this.#sinks.set(sink, scope);
    this.#count();
    if (this.#sinks.size === 1) for (const source of this.#sources) source.begin?.();
    for (const source of this.#sources) source.describe();
    return () => {
      const hasListened = this.#sinks.delete(sink);
      this.#count();
      if (hasListened && !this.isOn) for (const source of this.#sources) source.end?.();
    };
  }

  #count(): void {
    this.#isDetailed = [...this.#sinks.values()].includes('all');
  }

  /** @returns a function that takes it away. */
  add(source: TraceSource): () => void {
    this.#sources.add(source);
    if (this.isOn) source.begin?.();
    return () => this.#sources.delete(source);
  }

  /** @returns the record's name, as a cause of others; undefined if nobody is told of it. */
  record<K extends TraceKind>(
    kind: K,
    data: TraceData[K],
    cause: Cause | undefined = this.train.cause,
    isDetail = false,
  ): Cause | undefined {
    if (!this.tells(isDetail)) return undefined;
    const { node, id, runtime, redact } = this.#options;
    this.#sequence += 1;
    const sequence = this.#sequence;
    const record: RecordOf<K> = {
      version: traceVersion,
      node,
      id,
      sequence,
      wall: runtime.now(),
      monotonic: runtime.monotonic(),
      kind,
      data,
      ...(cause !== undefined && { cause }),
    };
    const told = redact === undefined ? (record as TraceRecord) : redact(record as TraceRecord);
    if (told !== undefined) for (const [sink, scope] of this.#sinks) if (!isDetail || scope === 'all') sink(told);
    return { node, id, sequence };
  }

  /** Records what is being handled: what `task` leads to has it as its cause. */
  handle<K extends TraceKind, T>(kind: K, data: TraceData[K], task: () => T, isDetail = false): T {
    return this.train.run(this.record(kind, data, this.train.cause, isDetail), task);
  }
}
