/**
 * A round trip through Muster: a worker publishes an event to its manager, which answers with another.
 */
import { joinCluster, type LayoutDefinition } from '../../index.js';
import { defineRole } from '../harness/role.js';
import { percentilesOf, type RoundTrips } from './round-trips.js';
import { firstSequence, workloads } from './workloads.js';

export interface MusterPingInput {
  readonly layout: LayoutDefinition;
  readonly stateDir: string;
}

const { small } = workloads;
const answer = 'Bench::answer';

export const musterEcho = defineRole(import.meta.url, 'musterEcho', async ({ layout, stateDir }: MusterPingInput) => {
  const node = await joinCluster({
    layout,
    name: 'manager',
    options: { stateDir, logLevel: 'warn' },
    setup: (node) => {
      const { workerTopic } = node.options;
      node.on(small.event, (...args: unknown[]) => node.publish(workerTopic, answer, ...args));
    },
  });
  return { close: () => node.leave() };
});

export const musterPing = defineRole(import.meta.url, 'musterPing', async ({ layout, stateDir }: MusterPingInput) => {
  let answered: (sequence: number) => void = () => {};
  const node = await joinCluster({
    layout,
    name: 'worker',
    options: { stateDir, logLevel: 'warn', retryInterval: 50 },
    setup: (node) => {
      node.on(answer, (sequence: number) => answered(sequence));
    },
  });
  await node.ready();
  const { managerTopic } = node.options;
  let sequence = firstSequence;

  /** Resolves with ms. */
  function roundTrip(): Promise<number> {
    return new Promise((resolve, reject) => {
      sequence += 1;
      const start = performance.now();
      answered = (got) => {
        if (got === sequence) resolve(performance.now() - start);
        else reject(new Error(`answer ${got} came where ${sequence} was due`));
      };
      small.publish(node, managerTopic, sequence);
    });
  }

  return {
    measure: (seconds: number): Promise<RoundTrips> => percentilesOf(roundTrip, seconds),
    close: () => node.leave(),
  };
});
