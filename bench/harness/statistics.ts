/**
 * Statistics: few runs on a noisy machine, so medians and ranges rather than means and deviations.
 */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: percentile(sorted, 50), min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

export function median(values: readonly number[]): number {
  return summarize(values).median;
}

/** Of values in ascending order; between two of them in proportion. `NaN` if there are none. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const place = (percent / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** The quotients of what was measured in the same round: what disturbed a round disturbed both. */
export function ratios(numerators: readonly number[], denominators: readonly number[]): number[] {
  return numerators.map((numerator, round) => numerator / (denominators[round] ?? Number.NaN));
}

/**
 * Between which values the median lies with a confidence of 95 %: an interval from one of the sorted values to another, by the
 * binomial distribution alone. All of them if there are fewer than six.
 */
export function medianInterval(values: readonly number[]): { readonly low: number; readonly high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  let outside = 0;
  let place = 0;
  // Of `count` tosses of a coin, the chance that `place` or fewer are heads, at both ends.
  for (let chance = 2 * 0.5 ** count; outside + chance <= 0.05 && place < count / 2; place++) {
    outside += chance;
    chance *= (count - place) / (place + 1);
  }
  const low = Math.max(0, place - 1);
  return { low: sorted[low] ?? Number.NaN, high: sorted[count - 1 - low] ?? Number.NaN };
}

/** Rounded to so many significant digits, for JSON. */
export function rounded(value: number, digits = 4): number {
  return Number(value.toPrecision(digits));
}

export function roundedSummary({ median, min, max }: Summary): Summary {
  return { median: rounded(median), min: rounded(min), max: rounded(max) };
}
