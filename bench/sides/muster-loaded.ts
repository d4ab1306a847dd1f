/**
 * Two nodes between which a stream and round trips go on at the same time: the stream from the manager to the worker, the
 * round trips from the worker to the manager and back.
 */
import { joinCluster } from '../../index.js';
import { defineRole } from '../harness/role.js';
import { read } from './meter.js';
import { answerPings, createRoundTrip, type MusterPingInput } from './muster-ping.js';
import { lossesOf } from './muster-stream.js';
import { percentilesOf, type RoundTrips } from './round-trips.js';
import { createSource } from './source.js';
import { Arrivals, workloads } from './workloads.js';

const { small } = workloads;

export const loadedManager = defineRole(
  import.meta.url,
  'loadedManager',
  async ({ layout, stateDir }: MusterPingInput) => {
    const node = await joinCluster({
      layout,
      name: 'manager',
      options: { stateDir, logLevel: 'warn' },
      setup: answerPings,
    });
    const source = createSource(node, small, 1);
    return {
      begin: (rate?: number) => source.begin(rate),
      stop: () => source.stop(),
      faults: () => lossesOf(node),
      close: () => node.leave(),
    };
  },
);

export const loadedWorker = defineRole(
  import.meta.url,
  'loadedWorker',
  async ({ layout, stateDir }: MusterPingInput) => {
    const arrivals = new Arrivals(small);
    const node = await joinCluster({
      layout,
      name: 'worker',
      options: { stateDir, logLevel: 'warn', retryInterval: 50 },
      setup: (node) => {
        node.on(small.event, (sequence: number, a: unknown, b: unknown, c: unknown, d: unknown) =>
          arrivals.take(sequence, a, b, c, d),
        );
      },
    });
    await node.ready();
    const roundTrip = createRoundTrip(node);
    return {
      measure: (seconds: number): Promise<RoundTrips> => percentilesOf(roundTrip, seconds),
      read: () => read(arrivals.count),
      counts: () => [arrivals.count],
      faults: () => [...(arrivals.fault === undefined ? [] : [arrivals.fault]), ...lossesOf(node)],
      close: () => node.leave(),
    };
  },
);
