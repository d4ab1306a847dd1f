/**
 * Handlers: those of one event at one node, and what they have done so far.
 */
import { durationBounds, Histogram } from './histogram.js';

export type Handler = (...args: unknown[]) => unknown;

/** Of so many runs the first is timed: a clock costs more than a short handler does. A power of two. */
const timedEvery = 64;

export class Handlers {
  /** In order of registration. Replaced, never changed: an event that is being delivered keeps the list it began with. */
  list: readonly Handler[] = [];
  runs = 0;
  failed = 0;
  /** How long all handlers of an event held the event loop, in seconds. */
  readonly times = new Histogram(durationBounds);

  /** Whether the run that has just been counted is to be timed. */
  get isTimed(): boolean {
    return (this.runs & (timedEvery - 1)) === 1;
  }

  /** Adds what others did. */
  add({ runs, failed, times }: Handlers): void {
    this.runs += runs;
    this.failed += failed;
    this.times.add(times);
  }
}
