/**
 * Topology: who connects to whom, as it follows from a layout.
 *
 *   manager → loggers      proxy → loggers, its manager      worker → loggers, proxies, its manager
 *   each → its time machine      control → nodes with a port      nodes without a port → controls with a port
 *
 * The manager of a worker or proxy that names none is the only one there is.
 */
import { requireNode } from './nodes.js';
import type { Layout, Node, NodeType } from './types.js';

/** Why some nodes of a valid layout cannot do their part. */
export interface TopologyProblem {
  /** The nodes to which it happens: they should not start. */
  readonly nodes: readonly string[];
  /** The nodes that would connect to them. */
  readonly neededBy: readonly string[];
  /** What is wrong and what to do about it. */
  readonly message: string;
}

/**
 * The nodes to which `name` opens a peering, in the order of the layout. One without a port is among them, although
 * nobody can connect to it: that is a {@link topologyProblems | topology problem}.
 * @throws {@link MusterError} `MUSTER_NODE_UNKNOWN`.
 */
export function connectsTo(layout: Layout, name: string): string[] {
  const from = view(layout, name);
  return views(layout)
    .filter((to) => initiates(from, to))
    .map(nameOf);
}

/** The nodes that open a peering to `name`, in the order of the layout. */
export function acceptsFrom(layout: Layout, name: string): string[] {
  const to = view(layout, name);
  return views(layout)
    .filter((from) => initiates(from, to))
    .map(nameOf);
}

/** All nodes that `name` has a peering with, in either direction. */
export function peersOf(layout: Layout, name: string): string[] {
  const self = view(layout, name);
  return views(layout)
    .filter((other) => initiates(self, other) || initiates(other, self))
    .map(nameOf);
}

/** {@link peersOf} without control peerings, which are optional: the peers whose absence makes `name` degraded. */
export function expectedPeers(layout: Layout, name: string): string[] {
  return peersOf(layout, name).filter((peer) => !isControlPeering(layout, name, peer));
}

/** {@link connectsTo} without control peerings: the peerings that `name` awaits to be fully connected. */
export function expectedConnections(layout: Layout, name: string): string[] {
  return connectsTo(layout, name).filter((peer) => !isControlPeering(layout, name, peer));
}

/** The manager of `name`: the one it names or, for a worker or proxy, the only one of the layout. */
export function managerOf(layout: Layout, name: string): string | undefined {
  return view(layout, name).manager;
}

/** Whether nodes of this type are for people: their peerings are optional. */
export function isControl(nodeType: NodeType): boolean {
  return nodeType === 'control';
}

/** Whether a peering of the two is one of a control node, and so optional. */
export function isControlPeering(layout: Layout, one: string, other: string): boolean {
  return [one, other].some((name) => isControl(requireNode(layout, name).nodeType));
}

/** Nodes that others must connect to but that have no port, and workers and proxies without the manager they need. */
export function topologyProblems(layout: Layout): TopologyProblem[] {
  const all = views(layout);
  const problems: TopologyProblem[] = [];
  for (const to of all) {
    if (to.node.port !== undefined || to.node.nodeType === 'worker') continue;
    const neededBy = all.filter((from) => initiates(from, to)).map(nameOf);
    if (neededBy.length === 0) continue;
    const message = `${to.name} has no port, but ${list(neededBy)} must connect to it: give it a port`;
    problems.push({ nodes: [to.name], neededBy, message });
  }
  const managers = all.filter(({ node }) => node.nodeType === 'manager').map(nameOf);
  const lost = all.filter(({ node, manager }) => needsManager(node) && manager === undefined).map(nameOf);
  if (lost.length > 0) {
    const message =
      managers.length > 0
        ? `${list(lost)} must name a manager, because there are several: ${list(managers)}`
        : `${list(lost)} must have a manager, but the layout has none`;
    problems.push({ nodes: lost, neededBy: [], message });
  }
  return problems;
}

/** A node with its name and its manager. */
interface NodeView {
  readonly name: string;
  readonly node: Node;
  readonly manager: string | undefined;
}

function views(layout: Layout): NodeView[] {
  const manager = onlyManager(layout);
  return Object.entries(layout).map(([name, node]) => ({ name, node, manager: managerFor(node, manager) }));
}

function view(layout: Layout, name: string): NodeView {
  const node = requireNode(layout, name);
  return { name, node, manager: managerFor(node, onlyManager(layout)) };
}

function managerFor(node: Node, onlyManager: string | undefined): string | undefined {
  return node.manager ?? (needsManager(node) ? onlyManager : undefined);
}

function onlyManager(layout: Layout): string | undefined {
  const managers = Object.keys(layout).filter((name) => layout[name]?.nodeType === 'manager');
  return managers.length === 1 ? managers[0] : undefined;
}

function needsManager({ nodeType }: Node): boolean {
  return nodeType === 'worker' || nodeType === 'proxy';
}

/** Whether `from` opens a peering to `to`. Never both ways. */
function initiates(from: NodeView, to: NodeView): boolean {
  if (from.name === to.name) return false;
  const [fromControl, toControl] = [isControl(from.node.nodeType), isControl(to.node.nodeType)];
  if (fromControl || toControl) {
    if (fromControl && toControl) return false;
    return to.node.port !== undefined && (fromControl || from.node.port === undefined);
  }
  if (from.node.nodeType !== 'timeMachine' && from.node.timeMachine === to.name) return true;
  switch (from.node.nodeType) {
    case 'manager':
      return to.node.nodeType === 'logger';
    case 'proxy':
      return to.node.nodeType === 'logger' || from.manager === to.name;
    case 'worker':
      return to.node.nodeType === 'logger' || to.node.nodeType === 'proxy' || from.manager === to.name;
    default:
      return false;
  }
}

function nameOf({ name }: NodeView): string {
  return name;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
