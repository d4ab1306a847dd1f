/**
 * Meter: what a process has done and used up to now. Two readings make a rate, by that process's own clock.
 */

export interface Reading {
  /** Events published, or delivered. */
  readonly events: number;
  /** ms of the process's monotonic clock. */
  readonly at: number;
  /** µs of CPU, all threads together. */
  readonly cpu: number;
}

export function read(events: number): Reading {
  const { user, system } = process.cpuUsage();
  return { events, at: performance.now(), cpu: user + system };
}

/** Most memory that this process has had so far, in MiB. */
export function peakMemory(): number {
  return process.resourceUsage().maxRSS / 1_024;
}

/** Events a second between two readings. */
export function rateOf(before: Reading, after: Reading): number {
  return ((after.events - before.events) / (after.at - before.at)) * 1_000;
}

/** µs of CPU an event between two readings. */
export function cpuPerEvent(before: Reading, after: Reading): number {
  return (after.cpu - before.cpu) / (after.events - before.events);
}
