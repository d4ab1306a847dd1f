/**
 * Arrive: waits for the last events of a stream.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Player } from '../harness/processes.js';

/** How long the last events may take to arrive, in ms. */
const arrivalTimeout = 10_000;

/** @throws `Error` unless each subscriber gets as many events as were published. */
export async function arrive(subscribers: readonly Player<{ counts(): number[] }>[], published: number): Promise<void> {
  const deadline = performance.now() + arrivalTimeout;
  for (;;) {
    const counts = (await Promise.all(subscribers.map((subscriber) => subscriber.ask('counts')))).flat();
    if (counts.every((count) => count === published)) return;
    if (performance.now() > deadline || counts.some((count) => count > published)) {
      throw new Error(`${published} events were published, but ${counts.join(', ')} arrived`);
    }
    await sleep(20);
  }
}
