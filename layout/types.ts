/**
 * The words of a layout: node types, the record of a node, a layout.
 * They follow `Cluster::NodeType`, `Cluster::Node` and `Cluster::NamedNode` of Zeek's cluster framework.
 */

/** What a node does in its cluster. `none` is a node outside any cluster; `timeMachine` is deprecated. */
export const nodeTypes = ['none', 'control', 'logger', 'manager', 'proxy', 'worker', 'timeMachine'] as const;
export type NodeType = (typeof nodeTypes)[number];

/** How one node of a cluster is set up. Complete and checked: {@link readLayout} makes it from what a user wrote. */
export interface Node {
  readonly nodeType: NodeType;
  /** IPv4 or IPv6 address, without brackets or zone. Peers connect to it. */
  readonly ip: string;
  /** RFC 4007 zone of a link-local IPv6 address, such as `eth0`. */
  readonly zoneId?: string;
  /** TCP port that peers connect to, 1–65535. Absent: the node does not listen. */
  readonly port?: number;
  /** Name of the manager of this worker or proxy. */
  readonly manager?: string;
  /** TCP port for metrics, 1–65535. */
  readonly metricsPort?: number;
  /** Address to bind where it differs from the advertised `ip`. */
  readonly listenAddress?: string;
  /** @deprecated Name of a time machine node with which this node connects. */
  readonly timeMachine?: string;
  /** @deprecated Interface that a worker reads packets from. Kept, unused. */
  readonly interface?: string;
  /** BPF filter for load balancing. Kept, unused. */
  readonly lbFilter?: string;
  /** Id of the node's present lifetime. Only in what `node.nodes()` returns, while the node is up. */
  readonly id?: string;
}

/** A node and its name. */
export interface NamedNode {
  readonly name: string;
  readonly node: Node;
}

/** All nodes of a cluster: name → node, in the order in which they were written. Frozen, all the way down. */
export type Layout = Readonly<Record<string, Node>>;

/** A node as a user may write it: ports also as `"27762/tcp"`, 0 for a node that does not listen. */
export type NodeDefinition = Omit<Node, 'port' | 'metricsPort' | 'id'> & {
  readonly port?: number | string;
  readonly metricsPort?: number | string;
};

/** A layout as a user may write it: the nodes by name, or the same under a key `nodes`, which may have `keys` beside it. */
export type LayoutDefinition =
  | Readonly<Record<string, NodeDefinition>>
  | {
      readonly nodes: Readonly<Record<string, NodeDefinition>>;
      /** Directory of the nodes' keys, relative to the file of the layout. @defaultValue `keys/` in `stateDir` */
      readonly keys?: string;
    };

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;
