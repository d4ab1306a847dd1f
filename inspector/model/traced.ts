/**
 * Traced: what a trace tells of: nodes, their lifetimes and what runs at them; and where their records are.
 */
import type { TraceData } from '../../trace/record.js';
import type { RowList } from './row-list.js';

/** One lifetime of a node. */
export interface Life {
  readonly index: number;
  readonly node: string;
  readonly id: string;
  readonly from: number;
  /** When it was known to be over; Infinity: it is not. */
  until: number;
  /** What to add to its monotonic clock. */
  readonly offset: number;
  readonly rows: RowList;
}

/** All lifetimes of a node. */
export interface TracedNode {
  readonly name: string;
  readonly lives: Life[];
  readonly actors: Map<string, TracedActor>;
  /** Refused hellos, losses, warnings and errors, gaps. */
  readonly marks: RowList;
  readonly counters: RowList;
  about: TraceData['node'] | undefined;
}

/** What runs a machine at a node, in all its lifetimes; or the link to a peer of whose machine nothing is told. */
export interface TracedActor {
  readonly index: number;
  readonly node: string;
  readonly name: string;
  /** Empty: not known. */
  machine: string;
  /** Everything it was told and did. */
  readonly rows: RowList;
  /** Those after which it is in another state, or over. */
  readonly changes: RowList;
  /** Of a peering: the frames. */
  readonly frames: RowList;
  /** Of a peering: hellos and losses. */
  readonly marks: RowList;
  /** How it was before the first change that is still held. */
  base: Base | undefined;
}

/** What is left of changes that were forgotten. */
export interface Base {
  readonly state: string;
  readonly isOver: boolean;
  readonly context: Context;
}

export type Context = Readonly<Record<string, unknown>>;
