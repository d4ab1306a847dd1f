/**
 * Pool spec: what a pool is registered with. Follows `Cluster::PoolSpec`.
 */

/** Types of nodes that pools can have. */
export const poolNodeTypes = ['logger', 'proxy', 'worker'] as const;
export type PoolNodeType = (typeof poolNodeTypes)[number];

export interface PoolSpec {
  /** Topic to which all nodes of the pool subscribe. One pool of a node each. */
  readonly topic: string;
  /** Type of the nodes in the pool. */
  readonly nodeType: PoolNodeType;
  /** How many nodes the pool has at most, ≥ 0. Required if it is exclusive. @defaultValue all there are */
  readonly maxNodes?: number | undefined;
  /** Whether its `maxNodes` nodes are in no other pool. @defaultValue false */
  readonly exclusive?: boolean | undefined;
}
