/**
 * Difference: what a new layout changes. Decides which nodes come, go and are restarted, and which peerings the others
 * end and make anew. Pure: whoever runs nodes does it.
 */
import { acceptsFrom, connectsTo } from './topology.js';
import type { Layout, Node, NodeType } from './types.js';

/** Nodes by name, those of the new layout in its order. */
export interface LayoutDifference {
  readonly added: readonly string[];
  readonly changed: readonly ChangedNode[];
  readonly removed: readonly string[];
}

export interface ChangedNode {
  readonly name: string;
  /** What it is now that it was not, or not so. */
  readonly fields: readonly (keyof Node)[];
  /** Whether a process that runs the node cannot become what it is now. */
  readonly restarts: boolean;
}

/** What one node needs to know to peer with another. */
export interface PeeringPlan {
  readonly name: string;
  readonly nodeType: NodeType;
  /** Where to connect to; absent if the peer connects. */
  readonly address?: { readonly ip: string; readonly port: number; readonly zoneId?: string };
}

/** Fields that Muster keeps and does not use. */
const unused: readonly (keyof Node)[] = ['interface', 'lbFilter'];

export function differenceOf(from: Layout, to: Layout): LayoutDifference {
  const names = Object.keys(to);
  return {
    added: names.filter((name) => !Object.hasOwn(from, name)),
    changed: names.flatMap((name) => {
      const [before, after] = [Object.hasOwn(from, name) ? from[name] : undefined, to[name]];
      const fields = before === undefined || after === undefined ? [] : fieldsChanged(before, after);
      if (fields.length === 0) return [];
      return [{ name, fields, restarts: fields.some((field) => !unused.includes(field)) }];
    }),
    removed: Object.keys(from).filter((name) => !Object.hasOwn(to, name)),
  };
}

/** Whether nothing changes, but perhaps the order in which nodes are written. */
export function isEmpty({ added, changed, removed }: LayoutDifference): boolean {
  return added.length + changed.length + removed.length === 0;
}

/** A line for each node: `+worker-3`, `~proxy-1 port`, `-worker-2`. */
export function showDifference({ added, changed, removed }: LayoutDifference): string[] {
  return [
    ...added.map((name) => `+${name}`),
    ...changed.map(({ name, fields }) => `~${name} ${fields.join(' ')}`),
    ...removed.map((name) => `-${name}`),
  ];
}

/** The peerings of a node, by name of the peer: those that it makes first. None for a name that the layout has not. */
export function peeringsOf(layout: Layout, name: string): Map<string, PeeringPlan> {
  if (!Object.hasOwn(layout, name)) return new Map();
  const plan = (peer: string, connects: boolean): [string, PeeringPlan] => {
    const node = layout[peer] as Node;
    return [peer, { name: peer, nodeType: node.nodeType, ...(connects && { address: addressOf(node) }) }];
  };
  return new Map([
    ...connectsTo(layout, name).map((peer) => plan(peer, true)),
    ...acceptsFrom(layout, name).map((peer) => plan(peer, false)),
  ]);
}

/** Names of the peerings of a node that end, and of those that begin; one whose peer is elsewhere now is among both. */
export function peeringChanges(from: Layout, to: Layout, name: string): { ends: string[]; begins: string[] } {
  const [before, after] = [peeringsOf(from, name), peeringsOf(to, name)];
  const differs = (peer: string) => JSON.stringify(before.get(peer)) !== JSON.stringify(after.get(peer));
  return { ends: [...before.keys()].filter(differs), begins: [...after.keys()].filter(differs) };
}

/** A node without a port has one that nobody can connect to. */
export function addressOf({ ip, port = 0, zoneId }: Node): NonNullable<PeeringPlan['address']> {
  return { ip, port, ...(zoneId !== undefined && { zoneId }) };
}

function fieldsChanged(before: Node, after: Node): (keyof Node)[] {
  const fields = new Set([...Object.keys(after), ...Object.keys(before)] as (keyof Node)[]);
  return [...fields].filter((field) => before[field] !== after[field]);
}
