/**
 * Histogram: how long something took, in buckets; plain numbers that a scrape reads.
 */

/** Upper bounds for what a network does, in seconds. */
export const delayBounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
] as const;
/** Upper bounds for what a function does, in seconds. */
export const durationBounds = [
  0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 1,
] as const;

export class Histogram {
  readonly bounds: readonly number[];
  /** How many values are in each bucket, those above the last bound at the end. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let place = 0;
    while (place < this.bounds.length && value > (this.bounds[place] as number)) place += 1;
    (this.counts[place] as number) += 1;
    this.sum += value;
  }

  /** Adds the values of another one with the same bounds. */
  add({ counts, sum }: Histogram): void {
    for (const [place, count] of counts.entries()) (this.counts[place] as number) += count;
    this.sum += sum;
  }
}
