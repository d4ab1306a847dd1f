/**
 * Monotonic: a clock that all processes of this machine share.
 */

/** ms since some moment in the past, the same for all processes. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
