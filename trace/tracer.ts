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

export interface TracerOptions {
  readonly node: string;
  readonly id: string;
  readonly runtime: Pick<Runtime, 'now' | 'monotonic'>;
  /** @defaultValue one of its own */
  readonly train?: Train;
}

export class Tracer {
  readonly train: Train;
  readonly #options: TracerOptions;
  readonly #sinks = new Set<TraceSink>();
  readonly #sources = new Set<TraceSource>();
  #sequence = 0;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.train = options.train ?? new Train();
  }

  /** Whether anybody listens. */
  get isOn(): boolean {
    return this.#sinks.size > 0;
  }

  /** @returns a function that ends it. */
  listen(sink: TraceSink): () => void {
    this.#sinks.add(sink);
    if (this.#sinks.size === 1) for (const source of this.#sources) source.begin?.();
    for (const source of this.#sources) source.describe();
    return () => {
      if (this.#sinks.delete(sink) && !this.isOn) for (const source of this.#sources) source.end?.();
    };
  }

  /** @returns a function that takes it away. */
  add(source: TraceSource): () => void {
    this.#sources.add(source);
    if (this.isOn) source.begin?.();
    return () => this.#sources.delete(source);
  }

  /** @returns the record's name, as a cause of others; undefined if nobody listens. */
  record<K extends TraceKind>(
    kind: K,
    data: TraceData[K],
    cause: Cause | undefined = this.train.cause,
  ): Cause | undefined {
    if (!this.isOn) return undefined;
    const { node, id, runtime } = this.#options;
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
    for (const sink of this.#sinks) sink(record as TraceRecord);
    return { node, id, sequence };
  }

  /** Records what is being handled: what `task` leads to has it as its cause. */
  handle<K extends TraceKind, T>(kind: K, data: TraceData[K], task: () => T): T {
    return this.train.run(this.record(kind, data), task);
  }
}
