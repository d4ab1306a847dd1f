/**
 * Clusters: starts one of Muster nodes, or of bare sockets, in a process for each node, in stages as `muster up` does.
 */
import type { NodeDefinition } from '../../index.js';
import type { Setting } from '../harness/bench.js';
import type { Player } from '../harness/processes.js';
import { bareNode } from './bare-cluster.js';
import { type Cluster, clusterOf, targetsOf } from './cluster-layout.js';
import { musterNode } from './muster-cluster.js';

type ClusterPlayer = Player<{ join(): unknown; connected(): unknown }>;

export interface StartedCluster {
  readonly players: ReadonlyMap<string, ClusterPlayer>;
  /** ms from the start of the first process until all have loaded their code, and until all are connected. */
  readonly loaded: number;
  readonly connected: number;
}

export async function startMusterCluster(setting: Setting, size: number, proxies?: number): Promise<StartedCluster> {
  const cluster = await clusterOf(size, proxies);
  const { layout } = cluster;
  const { processes, stateDir } = setting;
  return start(cluster, (name) => processes.start(musterNode, { layout, name, stateDir }));
}

export async function startBareCluster(
  { processes }: Setting,
  size: number,
  proxies?: number,
): Promise<StartedCluster> {
  const cluster = await clusterOf(size, proxies);
  const nodes = cluster.layout as Readonly<Record<string, NodeDefinition>>;
  return start(cluster, (name) => {
    const port = nodes[name]?.port as number | undefined;
    return processes.start(bareNode, { port, targets: targetsOf(cluster, name) });
  });
}

async function start(cluster: Cluster, open: (name: string) => Promise<ClusterPlayer>): Promise<StartedCluster> {
  const begin = performance.now();
  const names = cluster.stages.flat();
  const players = new Map(
    await Promise.all(names.map(async (name): Promise<[string, ClusterPlayer]> => [name, await open(name)])),
  );
  const loaded = performance.now() - begin;
  for (const stage of cluster.stages) await Promise.all(stage.map((name) => players.get(name)?.ask('join')));
  await Promise.all([...players.values()].map((player) => player.ask('connected')));
  return { players, loaded, connected: performance.now() - begin };
}
