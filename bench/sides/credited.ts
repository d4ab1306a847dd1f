/**
 * Credited: a stream over something that has no back-pressure from end to end, with a credit as a careful program would
 * add it: the subscriber tells now and then how many events it has taken, and the publisher never runs far ahead. Without
 * it such a stream loses events, or fills memory.
 */
import { peakMemory, read } from './meter.js';
import { Arrivals, type BareEvent, firstSequence, workloads } from './workloads.js';

const { small } = workloads;

/** Events on their way at most: so many that neither end waits for the other, which fewer would make it do. */
const window = 65_536;
/** How many events the subscriber takes before it tells. */
const acknowledgeEvery = 1_024;

export function createCreditedSource(send: (event: BareEvent) => void) {
  let [sent, taken] = [0, 0];
  let relieve: (() => void) | undefined;
  let isRunning = false;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (isRunning) {
      if (sent - taken < window) {
        send(small.bare(firstSequence + sent));
        sent += 1;
      } else {
        await new Promise<void>((resolve) => {
          relieve = resolve;
        });
      }
    }
  }

  return {
    /** The subscriber has taken so many. */
    acknowledged(count: number): void {
      taken = count;
      relieve?.();
    },
    begin: () => {
      isRunning = true;
      running = run();
    },
    read: () => read(sent),
    finish: async () => {
      isRunning = false;
      relieve?.();
      await running;
      return { published: sent, peakMemory: peakMemory() };
    },
    faults: (): string[] => [],
  };
}

export function createCreditedSink(acknowledge: (count: number) => void) {
  const arrivals = new Arrivals(small);
  return {
    take([, sequence, a, b, c, d]: BareEvent): void {
      arrivals.take(sequence, a, b, c, d);
      if (arrivals.count % acknowledgeEvery === 0) acknowledge(arrivals.count);
    },
    read: () => read(arrivals.count),
    counts: () => [arrivals.count],
    faults: () => (arrivals.fault === undefined ? [] : [arrivals.fault]),
    peakMemory,
  };
}
