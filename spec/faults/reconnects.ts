/**
 * Reconnects: a connection that is cut again and again under load, at any byte, leaves nothing behind.
 */
import { randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { Line } from './line.js';

/** Cuts at any byte of what flows while both nodes are up, until they have come up `times` times again. */
export async function cutOften(t: ExecutionContext, times: number): Promise<Line> {
  const line = await Line.start(t);
  for (let time = 1; time <= times; time++) {
    line.proxy.cutAfter(randomInt(1, 200_000), time % 2 === 0 ? 'reset' : 'end');
    await line.up(1 + time);
  }
  await line.check();
  for (const { ups, downs } of line.ends) t.deepEqual({ ups, downs }, { ups: 1 + times, downs: times });
  return line;
}

/** Cuts, and cuts again within the first bytes of the next connection: in the handshake of ZMTP, or in our own. */
export async function cutHandshakes(t: ExecutionContext, times: number): Promise<void> {
  const line = await Line.start(t);
  for (let time = 1; time <= times; time++) {
    const before = line.ends.map(({ ups }) => ups);
    line.proxy.cut();
    line.proxy.cutAfter(randomInt(1, 1_500), time % 2 === 0 ? 'reset' : 'end');
    await line.cluster.until(() => line.ends.every(({ ups, isUp }, i) => isUp && ups > (before[i] as number)));
  }
  await line.check();
}

export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Resolves once this process has no more than `count` descriptors; the other end of a closed connection needs a moment. */
export async function backTo(count: number): Promise<void> {
  while (openDescriptors() > count) await new Promise((resolve) => setImmediate(resolve));
}
