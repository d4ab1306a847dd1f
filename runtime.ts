/**
 * Runtime: time and chance, handed in from outside.
 * Everything below `actors/` takes its timers, timestamps, random numbers and ids from here, so that the same code
 * runs on real time and in a simulator.
 */
import { randomBytes } from 'node:crypto';

/** A pending timer. Opaque: what it is depends on the runtime. */
export type TimerHandle = unknown;

export interface Runtime {
  /** Wall clock, in ms since 1970. For timestamps that people read; it may jump. */
  now(): number;
  /** Monotonic clock, in ms, with fractions. For measuring how long something took. */
  monotonic(): number;
  /** Runs `task` once after `delay` ms. */
  setTimeout(task: () => void, delay: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
  /** Runs `task` once in this turn of the event loop, after the I/O that is being handled. */
  endOfTurn(task: () => void): void;
  /** Fresh random bytes, for ids. */
  randomBytes(length: number): Uint8Array;
}

/** The clocks and the random source of this machine. */
export const systemRuntime: Runtime = {
  now: Date.now,
  monotonic: () => performance.now(),
  setTimeout: (task, delay) => setTimeout(task, delay),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  endOfTurn: (task) => {
    setImmediate(task);
  },
  randomBytes: (length) => randomBytes(length),
};

/** Resolves at the end of this turn of the event loop. */
export function turn(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => runtime.endOfTurn(resolve));
}

/** Resolves with `fact`, or after `delay` ms without it. */
export async function atMost(runtime: Runtime, delay: number, fact: Promise<unknown>): Promise<void> {
  let timer: TimerHandle;
  const deadline = new Promise<void>((resolve) => {
    timer = runtime.setTimeout(resolve, delay);
  });
  await Promise.race([fact, deadline]);
  runtime.clearTimeout(timer);
}

/** Lower-case hexadecimal digits of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
