/**
 * Security: which peerings take keys. It follows from the address of the node that listens, so both ends agree on it:
 * whoever can be reached from another machine is spoken to with keys only, unless an option says otherwise.
 */
import { isLoopback } from './address.js';
import { findNode } from './nodes.js';
import type { Options } from './options.js';
import { acceptsFrom, connectsTo } from './topology.js';
import type { Layout, Node } from './types.js';

export type SecurityOptions = Pick<Options, 'insecure' | 'secureLoopback'>;

/** Whether peerings with this node, which others open, take keys. */
export function isSecured(node: Node, { insecure, secureLoopback }: SecurityOptions): boolean {
  return node.port !== undefined && !insecure && (secureLoopback || isExposed(node));
}

/** Peers of `name` with which it has a peering that takes keys, in the order of the layout. */
export function securedPeers(layout: Layout, name: string, options: SecurityOptions): string[] {
  const own = findNode(layout, name);
  if (own === undefined) return [];
  const callees = connectsTo(layout, name).filter((peer) => isSecured(layout[peer] as Node, options));
  const callers = isSecured(own, options) ? acceptsFrom(layout, name) : [];
  return Object.keys(layout).filter((peer) => callees.includes(peer) || callers.includes(peer));
}

/** Peers of `name` that it speaks to over a network without keys, since the option `insecure` says so. */
export function exposedPeers(layout: Layout, name: string, { insecure }: SecurityOptions): string[] {
  return insecure ? securedPeers(layout, name, { insecure: false, secureLoopback: false }) : [];
}

/** Whether other machines may reach it. */
function isExposed({ ip, listenAddress }: Node): boolean {
  return !isLoopback(ip) || (listenAddress !== undefined && !isLoopback(listenAddress));
}
