/**
 * What the nodes of this cluster say to each other, and what they keep.
 */
import type { ClusterNode } from 'muster';

/** A node of this cluster. */
export type HostsNode = ClusterNode<Events>;

export interface Events {
  /** Manager → worker: read your share. Comes again to who comes up again. */
  'Hosts::begin': [run: number];
  /** Worker → manager: I have read my share, and all its hosts are in the store. */
  'Hosts::done': [run: number, connections: number];
  /** Manager → worker: everything is done, leave. */
  'Hosts::end': [];
}

/** What the store `known_hosts` has under the address of a host. */
export type Host = {
  /** The run that saw it first. */
  readonly run: number;
  /** The node that saw it first. */
  readonly by: string;
};

/** What the store `known_hosts_runs` has under `last`. */
export type Run = { readonly number: number; readonly isOver: boolean };
