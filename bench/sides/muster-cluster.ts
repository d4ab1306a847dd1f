/**
 * A whole cluster of Muster nodes, a process each, that does nothing but be there.
 */
import { type ClusterNode, joinCluster, type LayoutDefinition } from 'muster';
import { defineRole } from '../harness/role.js';

export interface MusterNodeInput {
  readonly layout: LayoutDefinition;
  readonly name: string;
  readonly stateDir: string;
}

export const musterNode = defineRole(
  import.meta.url,
  'musterNode',
  async ({ layout, name, stateDir }: MusterNodeInput) => {
    let node: ClusterNode | undefined;
    let startedAt: () => void = () => {};
    const started = new Promise<void>((resolve) => {
      startedAt = resolve;
    });
    return {
      /** Resolves when it listens. */
      join: async () => {
        node = await joinCluster({
          layout,
          name,
          // The pause of `muster up`.
          options: { stateDir, logLevel: 'warn', retryInterval: 1_000 },
          setup: (node) => {
            node.on('Cluster::Experimental::cluster_started', startedAt);
          },
        });
      },
      /** Resolves when it has heard that the cluster has started. */
      connected: () => started,
      peersUp: () => node?.peers.filter(({ state }) => state === 'up').length,
      close: () => node?.leave(),
    };
  },
);
