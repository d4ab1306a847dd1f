/**
 * Charts: all machines under the names by which charts, traces and coverage speak of them. A name of our own, since the two
 * charts of a peering share the id `peering`.
 */
import type { AnyStateMachine } from 'xstate';
import { childMachine } from './child.js';
import { cloneMachine } from './clone.js';
import { clusterStartMachine } from './cluster-start.js';
import { nodeMachine } from './node.js';
import { acceptorMachine, initiatorMachine } from './peering.js';

export const chartNames = ['node', 'initiator', 'acceptor', 'clusterStart', 'clone', 'child'] as const;
export type ChartName = (typeof chartNames)[number];

export interface Chart {
  readonly machine: AnyStateMachine;
  /** Where its source is, from the root of the project. */
  readonly file: string;
  /** What it decides, and who runs it. */
  readonly purpose: string;
}

export const charts: Readonly<Record<ChartName, Chart>> = {
  node: {
    machine: nodeMachine,
    file: 'machines/node.ts',
    purpose:
      'The life of a node, from its bootstrap script to its goodbye: when it is fully connected, to which managers it reports that, and when it is degraded. Every node runs one.',
  },
  initiator: {
    machine: initiatorMachine,
    file: 'machines/peering.ts',
    purpose:
      'A peering, at the node that connects: it opens a link, says hello, is up, and tries again for ever when it is not. A node runs one for each peer to which it connects.',
  },
  acceptor: {
    machine: acceptorMachine,
    file: 'machines/peering.ts',
    purpose:
      'A peering, at the node that listens: it waits for a hello and answers it. It never retries: that is for the initiator. A node runs one for each peer that connects to it.',
  },
  clusterStart: {
    machine: clusterStartMachine,
    file: 'machines/cluster-start.ts',
    purpose:
      'Whether the cluster has started: it waits until every node has reported that it is fully connected, then lets `cluster_started` be broadcast, unless one of them has seen that before. Every manager runs one.',
  },
  clone: {
    machine: cloneMachine,
    file: 'machines/clone.ts',
    purpose:
      'A replica of a store whose master is at another node: how it finds its master and catches up, and for how long it may be read without one. A node runs one for each store of which it has a clone.',
  },
  child: {
    machine: childMachine,
    file: 'machines/child.ts',
    purpose:
      'A node under `muster up`, over all the processes that carry it: when one is forked, started, asked to leave, killed and replaced. The supervisor runs one for each local node.',
  },
};
