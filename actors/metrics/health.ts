/**
 * Health: whether a node is ready, in words; and where Prometheus finds all nodes of the cluster.
 */
import { isIPv6 } from 'node:net';
import type { Layout, Node } from '../../layout/types.js';
import type { Measured } from './family.js';

/** Why a node is not ready; undefined if it is. */
export function whyNotReady({ membership }: Pick<Measured, 'membership'>): string | undefined {
  const { state, missing } = membership;
  if (state === 'ready') return undefined;
  return missing.length > 0 ? `waiting for ${missing.join(', ')}` : state;
}

/** A group of targets, as Prometheus' HTTP service discovery wants it. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** All nodes that have a port for metrics, whether they are up or not: one that is missing is what Prometheus should see. */
export function services(layout: Layout, cluster: string): TargetGroup[] {
  return Object.entries(layout).flatMap(([name, node]) => {
    if (node.metricsPort === undefined) return [];
    // Labels of Prometheus' own that are gone after relabelling: samples bear the label `node` already.
    const labels = {
      __meta_muster_node: name,
      __meta_muster_node_type: node.nodeType,
      __meta_muster_cluster: cluster,
    };
    return [{ targets: [`${hostOf(node)}:${node.metricsPort}`], labels }];
  });
}

function hostOf({ ip, zoneId }: Node): string {
  if (!isIPv6(ip)) return ip;
  return zoneId === undefined ? `[${ip}]` : `[${ip}%${zoneId}]`;
}
