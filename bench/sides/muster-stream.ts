/**
 * A stream of events through Muster: a manager that publishes to its workers, as a user would write it.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type ClusterNode, joinCluster, type LayoutDefinition } from '../../index.js';
import { defineRole } from '../harness/role.js';
import { peakMemory, read } from './meter.js';
import { Arrivals, firstSequence, type WorkloadName, workloads } from './workloads.js';

export interface MusterStreamInput {
  readonly layout: LayoutDefinition;
  readonly stateDir: string;
  readonly workload: WorkloadName;
  /** Names of the workers: those that this process runs, or to which it publishes. */
  readonly workers: readonly string[];
}

/** A node all of whose peers are gone takes everything at once: the process must look at its messages all the same. */
const maxWithoutPause = 1_000_000;

export const musterPublisher = defineRole(
  import.meta.url,
  'musterPublisher',
  async ({ layout, stateDir, workload: name, workers }: MusterStreamInput) => {
    const workload = workloads[name];
    const node = await joinCluster({ layout, name: 'manager', options: { stateDir, logLevel: 'warn' } });
    const topic = node.options.workerTopic;
    let published = 0;
    let isRunning = true;
    let running: Promise<void> | undefined;

    async function run(): Promise<void> {
      let since = 0;
      while (isRunning) {
        const hasRoom = workload.publish(node, topic, firstSequence + published);
        published += 1;
        since += 1;
        if (hasRoom && since < maxWithoutPause) continue;
        since = 0;
        await (hasRoom ? turn() : node.drained());
      }
    }

    return {
      begin: async () => {
        while (node.getActiveNodeCount('worker') < workers.length) await turn();
        running = run();
      },
      read: () => read(published),
      finish: async () => {
        isRunning = false;
        await running;
        return { published, peakMemory: peakMemory() };
      },
      faults: () => lossesOf(node),
      close: () => node.leave(),
    };
  },
);

export const musterSubscriber = defineRole(
  import.meta.url,
  'musterSubscriber',
  async ({ layout, stateDir, workload: name, workers }: MusterStreamInput) => {
    const workload = workloads[name];
    const arrivals = workers.map(() => new Arrivals(workload));
    const nodes = await Promise.all(
      workers.map((worker, i) => {
        const own = arrivals[i] as Arrivals;
        return joinCluster({
          layout,
          name: worker,
          options: { stateDir, logLevel: 'warn', retryInterval: 50 },
          setup: (node) => {
            node.on(workload.event, (sequence: number, a: unknown, b: unknown, c: unknown, d: unknown) =>
              own.take(sequence, a, b, c, d),
            );
          },
        });
      }),
    );
    await Promise.all(nodes.map((node) => node.ready()));

    return {
      read: () => read(arrivals.reduce((sum, { count }) => sum + count, 0)),
      counts: () => arrivals.map(({ count }) => count),
      faults: () => [...arrivals.flatMap(({ fault }) => fault ?? []), ...nodes.flatMap(lossesOf)],
      peakMemory,
      close: () => Promise.all(nodes.map((node) => node.leave())),
    };
  },
);

function lossesOf({ peers, name }: ClusterNode): string[] {
  return peers.flatMap(({ name: peer, counters }) =>
    Object.entries(counters.lost).map(([reason, count]) => `${name}, ${peer}: ${count} events lost (${reason})`),
  );
}
