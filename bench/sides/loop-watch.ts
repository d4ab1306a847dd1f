/**
 * Loop watch: how long the event loop of this process keeps others waiting.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** ms */
export interface Pauses {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** A timer is due every so many ms; what it is late by is a pause. */
const resolution = 1;

/** Watches from now on. @returns what ends that. */
export function watchLoop(): () => Pauses {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  return () => {
    histogram.disable();
    const inMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution);
    return { p50: inMs(histogram.percentile(50)), p99: inMs(histogram.percentile(99)), max: inMs(histogram.max) };
  };
}
