/**
 * Topology: the nodes of a cluster and who peers with whom, and where they stand on a picture: in
 * rows by their types.
 */
import { supervisor } from './instant.js';
import { nodeNames, nodeTypes } from './lanes.js';
import type { TraceStore } from './trace-store.js';

export interface PlacedNode {
  readonly name: string;
  readonly type: string;
  /** Centre, in units of 1 / width and 1 / height. */
  readonly x: number;
  readonly y: number;
}

export interface Edge {
  readonly initiator: string;
  readonly acceptor: string;
}

export interface Topology {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly Edge[];
}

/** From top to bottom: each connects to those above it. */
const rows = [['logger', 'manager', 'timeMachine'], ['proxy'], ['worker'], ['control', 'none']];
/** A row of more nodes than that is broken. */
const maxPerRow = 8;

export function topologyOf(store: TraceStore): Topology {
  const types = nodeTypes(store);
  const names = nodeNames(store).filter((name) => name !== supervisor);
  const byRow = rows.flatMap((ofRow) => {
    const ofType = ofRow.flatMap((type) => names.filter((name) => typeOf(types.get(name)) === type));
    const parts = Math.ceil(ofType.length / maxPerRow);
    const size = Math.ceil(ofType.length / Math.max(1, parts));
    return Array.from({ length: parts }, (_, part) => ofType.slice(part * size, (part + 1) * size));
  });
  const nodes = byRow.flatMap((row, y) =>
    row.map((name, x) => ({
      name,
      type: types.get(name) ?? 'none',
      x: (x + 0.5) / row.length,
      y: (y + 0.5) / byRow.length,
    })),
  );
  return { nodes, edges: edgesOf(store) };
}

function typeOf(type = 'none'): string {
  return rows.some((row) => row.includes(type)) ? type : 'none';
}

function edgesOf(store: TraceStore): Edge[] {
  const edges = new Map<string, Edge>();
  const add = (initiator: string, acceptor: string) => edges.set(`${initiator} ${acceptor}`, { initiator, acceptor });
  for (const { name, about } of store.nodes.values()) {
    for (const peer of about?.initiates ?? []) add(name, peer);
    for (const peer of about?.accepts ?? []) add(peer, name);
  }
  return [...edges.values()];
}
