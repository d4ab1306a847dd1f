/**
 * The cluster log: what happened to this node and its peers, in Zeek's words (`Cluster::log`, `Cluster::Info`). A log stream
 * that every node has.
 */
import type { Column } from './format.js';

export const clusterLogId = 'Cluster::LOG';

/** The columns of `cluster.log`, as `Cluster::Info` has them. */
export const clusterLogColumns: readonly Column[] = [
  { name: 'ts', type: 'time' },
  { name: 'node', type: 'string' },
  { name: 'message', type: 'string' },
];

export interface ClusterLog {
  /** Writes one record, newlines and all, unless the policy leaves it out. Never throws, never waits. */
  log(message: string): void;
}
