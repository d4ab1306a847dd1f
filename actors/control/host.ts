/**
 * Host: the process around a node, as far as control nodes may see and change it. A node of a simulation has none.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Diagnostics, DiagnosticsLevel } from '../../logs/diagnostics.js';
import { version } from '../../package.js';
import type { Runtime, TimerHandle } from '../../runtime.js';

/** Times are in ms, sizes in bytes. */
export interface Vitals {
  readonly pid: number;
  readonly versions: { readonly muster: string; readonly node: string };
  /** Time that the process has spent on a processor. */
  readonly cpu: number;
  readonly memory: { readonly rss: number; readonly heapUsed: number };
  /**
   * How much later than due timers ran since somebody asked last, on average and at most; 0 the first time, since only a
   * node that is asked measures it.
   */
  readonly loopDelay: { readonly mean: number; readonly max: number };
}

export interface NodeHost {
  vitals(): Vitals;
  readonly diagnostics: Diagnostics & { level: DiagnosticsLevel };
  /** The node has left. */
  close(): void;
}

/** A sample is taken this often, in ms: a node that is watched wakes up 20 times a second more. */
const resolution = 50;
/** It is measured for so long after somebody has asked, in ms. */
const patience = 10_000;

/** Measures this process. */
export class ProcessVitals {
  readonly #runtime: Runtime;
  #delay: IntervalHistogram | undefined;
  #end: TimerHandle | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  read(): Vitals {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      pid: process.pid,
      versions: { muster: version, node: process.versions.node },
      cpu: (user + system) / 1_000,
      memory: { rss, heapUsed },
      loopDelay: this.#loopDelay(),
    };
  }

  close(): void {
    this.#runtime.clearTimeout(this.#end);
    this.#delay?.disable();
    this.#delay = undefined;
  }

  #loopDelay(): Vitals['loopDelay'] {
    this.#runtime.clearTimeout(this.#end);
    this.#end = this.#runtime.setTimeout(() => this.close(), patience);
    if (this.#delay === undefined) {
      this.#delay = monitorEventLoopDelay({ resolution });
      this.#delay.enable();
      return { mean: 0, max: 0 };
    }
    const { count, mean, max } = this.#delay;
    this.#delay.reset();
    // It counts the time between two samples; what goes beyond the resolution is delay.
    const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution);
    return count === 0 ? { mean: 0, max: 0 } : { mean: late(mean), max: late(max) };
  }
}
