/**
 * A manager that publishes at a pace to several workers, a process each, one of which stops reading for a while; and the
 * accounts that each of them keeps of what was lost.
 */
import { type ClusterNode, joinCluster, type OptionsInput } from '../../index.js';
import { defineRole } from '../harness/role.js';
import type { ReceiverAccount, SenderAccount } from './accounts.js';
import { read } from './meter.js';
import type { MusterPingInput } from './muster-ping.js';
import { createSource } from './source.js';
import { firstSequence, workloads } from './workloads.js';

const { small } = workloads;

export interface SlowPublisherInput extends MusterPingInput {
  readonly workers: readonly string[];
  readonly options: OptionsInput;
}

export const slowPublisher = defineRole(
  import.meta.url,
  'slowPublisher',
  async ({ layout, stateDir, workers, options }: SlowPublisherInput) => {
    const node = await joinCluster({ layout, name: 'manager', options: { stateDir, logLevel: 'error', ...options } });
    const source = createSource(node, small, workers.length);
    const away = new Map(workers.map((name) => [name, 0]));
    const change = (name: string, by: number) => away.set(name, (away.get(name) ?? 0) + by);
    return {
      begin: async (rate: number) => {
        // Raised while an event is published that finds no room; that one is counted as lost.
        node.on('Cluster::node_down', (name: string) => change(name, -source.published - 1));
        node.on('Cluster::node_up', (name: string) => change(name, source.published));
        await source.begin(rate);
      },
      stop: () => source.stop(),
      account: (worker: string): SenderAccount => ({
        published: source.published,
        lost: lostBetween(node, worker),
        away: away.get(worker) ?? 0,
        unacknowledged: node.peers.find(({ name }) => name === worker)?.counters.unacknowledged ?? 0,
      }),
      close: () => node.leave(),
    };
  },
);

export const slowSubscriber = defineRole(
  import.meta.url,
  'slowSubscriber',
  async ({ layout, stateDir, worker }: MusterPingInput & { worker: string }) => {
    let [received, last] = [0, firstSequence - 1];
    let fault: string | undefined;
    const node = await joinCluster({
      layout,
      name: worker,
      options: { stateDir, logLevel: 'error', retryInterval: 50 },
      setup: (node) => {
        node.on(small.event, (sequence: number) => {
          if (sequence <= last) fault ??= `event ${sequence} came after ${last}`;
          received += 1;
          last = sequence;
        });
      },
    });
    await node.ready();
    return {
      read: () => read(received),
      /** Does nothing at all for so many ms, and answers after that. */
      stall: (duration: number) => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, duration);
      },
      account: (): ReceiverAccount => ({
        received,
        lost: lostBetween(node, 'manager'),
        ...(fault !== undefined && { fault }),
      }),
      close: () => node.leave(),
    };
  },
);

/** Events that a node has counted as lost on the way to a peer, or from it. */
function lostBetween(node: ClusterNode, peer: string): number {
  const counted = node.peers.find(({ name }) => name === peer)?.counters.lost ?? {};
  return Object.values(counted).reduce((sum, count) => sum + count, 0);
}
