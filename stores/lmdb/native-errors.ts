/**
 * What LMDB's own errors and the system's mean for a store.
 */
import { getSystemErrorName } from 'node:util';

/** Full map, databases, readers, threads' slots, transaction, cursor: nothing is wrong with the file. */
const harmless = new Set([-30_792, -30_791, -30_790, -30_789, -30_788, -30_787]);

/** Whether an error while reading means that the file is not what was written. */
export function isDamage(error: unknown): boolean {
  return systemCodeOf(error) === undefined && !harmless.has(codeOf(error) as number);
}

/** How the system calls it: `ENOSPC`, `EIO`, …; `undefined` if it is not the system's. LMDB gives the number alone. */
export function systemCodeOf(error: unknown): string | undefined {
  const code = codeOf(error);
  if (typeof code === 'string') return code;
  return typeof code === 'number' && code > 0 ? getSystemErrorName(-code) : undefined;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as { code?: unknown }).code : undefined;
}
