/**
 * Round trips: one after the other, never two under way, each timed from just before the event is handed over until its
 * answer is there. So none waits for another, and none is left out.
 */
import { percentile } from '../harness/statistics.js';

/** µs, and how many they were. */
export interface RoundTrips {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

const maxCount = 1_000_000;

/** Makes round trips for so many seconds. */
export async function percentilesOf(roundTrip: () => Promise<number>, seconds: number): Promise<RoundTrips> {
  const times = new Float64Array(maxCount);
  const end = performance.now() + seconds * 1_000;
  let count = 0;
  for (; performance.now() < end && count < maxCount; count++) times[count] = 1_000 * (await roundTrip());
  const sorted = times.subarray(0, count).sort();
  const [p50 = 0, p90 = 0, p99 = 0, max = 0] = [50, 90, 99, 100].map((percent) => percentile(sorted, percent));
  return { p50, p90, p99, max, count };
}
