/**
 * Ends a process without cutting off what it has written, or what its scripts still have to do.
 */
import { MusterError } from '../errors.js';

/** What is left to run may take so long, in ms: a timer that nobody cleared must not hold a process for ever. */
const linger = 500;

/** A reader that is gone (`muster up | head`) is no reason to die before the goodbye. */
export function keepOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** Ends this process with `code`: by itself when nothing is left to run, else after a moment. */
export function endProcess(code: number): void {
  process.exitCode = code;
  if (process.connected) process.disconnect();
  setTimeout(() => exitNow(code), linger).unref();
}

/** Ends this process as soon as what it has written has been taken. */
export async function exitNow(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(flushed));
  return process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
}

/** Where a bootstrap script went wrong, or Muster itself; nothing for errors whose message says all. */
export function stackOf(error: unknown): string | undefined {
  if (error instanceof MusterError && error.code !== 'MUSTER_SCRIPT_FAILED') return undefined;
  let thrown = error;
  while (thrown instanceof Error && thrown.cause instanceof Error) thrown = thrown.cause;
  return thrown instanceof Error && !(thrown instanceof MusterError) ? thrown.stack : undefined;
}
