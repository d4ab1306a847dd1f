/**
 * A round trip through Muster: a worker publishes an event to its manager, which answers with another.
 */
import { type ClusterNode, joinCluster, type LayoutDefinition, type OptionsInput } from '../../index.js';
import { defineRole } from '../harness/role.js';
import { percentilesOf, type RoundTrips } from './round-trips.js';
import { firstSequence, workloads } from './workloads.js';

export interface MusterPingInput {
  readonly layout: LayoutDefinition;
  readonly stateDir: string;
  /** Options of both nodes, besides those of the bench. */
  readonly options?: OptionsInput;
}

const { small } = workloads;
const answer = 'Bench::answer';

export const musterEcho = defineRole(
  import.meta.url,
  'musterEcho',
  async ({ layout, stateDir, options }: MusterPingInput) => {
    const node = await joinCluster({
      layout,
      name: 'manager',
      options: { ...options, stateDir, logLevel: 'warn' },
      setup: answerPings,
    });
    return { close: () => node.leave() };
  },
);

export const musterPing = defineRole(
  import.meta.url,
  'musterPing',
  async ({ layout, stateDir, options }: MusterPingInput) => {
    const node = await joinCluster({
      layout,
      name: 'worker',
      options: { ...options, stateDir, logLevel: 'warn', retryInterval: 50 },
    });
    await node.ready();
    const roundTrip = createRoundTrip(node);
    return {
      measure: (seconds: number): Promise<RoundTrips> => percentilesOf(roundTrip, seconds),
      close: () => node.leave(),
    };
  },
);

/** Makes a manager answer the events of {@link createRoundTrip}. */
export function answerPings(node: ClusterNode): void {
  const { workerTopic } = node.options;
  node.on(small.event, (...args: unknown[]) => node.publish(workerTopic, answer, ...args));
}

/** @returns what sends an event from a worker to its manager, and resolves with the ms until the answer is there. */
export function createRoundTrip(node: ClusterNode): () => Promise<number> {
  const { managerTopic } = node.options;
  let answered: (sequence: number) => void = () => {};
  let sequence = firstSequence;
  node.on(answer, (got: number) => answered(got));

  return () =>
    new Promise((resolve, reject) => {
      sequence += 1;
      const start = performance.now();
      answered = (got) => {
        if (got === sequence) resolve(performance.now() - start);
        else reject(new Error(`answer ${got} came where ${sequence} was due`));
      };
      small.publish(node, managerTopic, sequence);
    });
}
