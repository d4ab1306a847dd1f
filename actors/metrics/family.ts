/**
 * Family: what is measured under one name, and how to read it off a node. Parts count in plain numbers; a family looks at them
 * when somebody asks.
 */
import type { Histogram } from '../histogram.js';
import type { NodeParts } from '../node-parts.js';

/** What families look at. */
export type Measured = Pick<
  NodeParts,
  'core' | 'bus' | 'peerings' | 'router' | 'delivery' | 'membership' | 'stores' | 'logs'
>;

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number | Histogram;
}

export interface Family {
  /** Begins with `muster_`; a counter ends in `_total`. */
  readonly name: string;
  /** One sentence without a full stop at its end. */
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Besides `node`, which all have. */
  readonly labels: readonly string[];
  read(node: Measured): Iterable<Sample>;
}

/** The one sample of a family without labels. */
export function only(value: number): Sample[] {
  return [{ labels: {}, value }];
}

/** One sample for each state: 1 for the present one, 0 for the others. */
export function oneOf(states: readonly string[], present: string, labels: Labels = {}): Sample[] {
  return states.map((state) => ({ labels: { ...labels, state }, value: state === present ? 1 : 0 }));
}
