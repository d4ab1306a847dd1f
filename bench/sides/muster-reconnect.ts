/**
 * A paced stream from a manager to a worker whose connection is cut.
 */
import { joinCluster } from '../../index.js';
import { defineRole } from '../harness/role.js';
import type { MusterPingInput } from './muster-ping.js';
import { lossesOf } from './muster-stream.js';
import { Resumptions } from './resumptions.js';
import { createSource } from './source.js';
import { Arrivals, workloads } from './workloads.js';

const { small } = workloads;

export const pacedPublisher = defineRole(
  import.meta.url,
  'pacedPublisher',
  async ({ layout, stateDir }: MusterPingInput) => {
    const node = await joinCluster({ layout, name: 'manager', options: { stateDir, logLevel: 'error' } });
    const source = createSource(node, small, 1);
    return {
      begin: (rate: number) => source.begin(rate),
      stop: () => source.stop(),
      faults: () => lossesOf(node),
      close: () => node.leave(),
    };
  },
);

export const cutSubscriber = defineRole(
  import.meta.url,
  'cutSubscriber',
  async ({ layout, stateDir }: MusterPingInput) => {
    const arrivals = new Arrivals(small);
    const resumptions = new Resumptions();
    const node = await joinCluster({
      layout,
      name: 'worker',
      options: { stateDir, logLevel: 'error', retryInterval: 50 },
      setup: (node) => {
        node.on('Cluster::node_up', () => resumptions.connected());
        node.on(small.event, (sequence: number, a: unknown, b: unknown, c: unknown, d: unknown) => {
          resumptions.event();
          arrivals.take(sequence, a, b, c, d);
        });
      },
    });
    await node.ready();
    return {
      first: (connections: number) => resumptions.first(connections),
      counts: () => [arrivals.count],
      faults: () => [...(arrivals.fault === undefined ? [] : [arrivals.fault]), ...lossesOf(node)],
      close: () => node.leave(),
    };
  },
);
