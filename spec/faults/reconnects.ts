/**
 * Reconnects: a connection that is cut again and again under load, at any byte.
 */
import { randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { Line } from './line.js';

/** Cuts `times` times at any byte of what flows while both nodes are up, and waits each time until they are up again. */
export async function cutOften(line: Line, times: number): Promise<void> {
  for (let time = 1; time <= times; time++) {
    const before = line.ups;
    line.proxy.cutAfter(randomInt(1, 200_000), time % 2 === 0 ? 'reset' : 'end');
    await line.upAgain(before);
  }
}

/** Cuts, and cuts again within the first bytes of the next connection: in the handshake of ZMTP, or in our own. */
export async function cutHandshakes(line: Line, times: number): Promise<void> {
  for (let time = 1; time <= times; time++) {
    const before = line.ups;
    line.proxy.cut();
    line.proxy.cutAfter(randomInt(1, 1_500), time % 2 === 0 ? 'reset' : 'end');
    await line.upAgain(before);
  }
}

export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Resolves once this process has no more than `count` descriptors; the other end of a closed connection needs a moment. */
export async function backTo(count: number): Promise<void> {
  while (openDescriptors() > count) await new Promise((resolve) => setImmediate(resolve));
}
