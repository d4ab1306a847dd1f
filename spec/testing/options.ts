/** Options of simulated clusters under faults. */

/** Short, so that much happens in little time. */
export const options = {
  retryInterval: 1_000,
  connectTimeout: 3_000,
  helloTimeout: 3_000,
  resumeInterval: 3_000,
  silentInterval: 10_000,
  leaveTimeout: 1_000,
  cloneMutationBufferInterval: 5_000,
  creditWindow: 128 * 1_024,
} as const;

/** Of disks, in ms. Long enough for much to happen meanwhile. */
export const writeTime = [1, 100] as const;
