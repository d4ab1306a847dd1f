/**
 * Story: what happens to a small cluster, told for the transitions that it brings about.
 */
import type { Layout } from '../../../layout/types.js';
import type { Stage } from './stage.js';

export interface Story {
  /** A sentence. */
  readonly title: string;
  /** What it is told for: `acceptor: hello link.hint`. */
  readonly reaches: readonly string[];
  play(): Promise<Stage>;
}

export const manager = { nodeType: 'manager', ip: '10.0.0.1', port: 1_001 } as const;
export const worker = { nodeType: 'worker', ip: '10.0.0.9', manager: 'manager' } as const;

/** A manager and workers, who connect to it. */
export function workers(count: number): Layout {
  const names = Array.from({ length: count }, (_, i) => `worker-${i + 1}`);
  return { manager, ...Object.fromEntries(names.map((name) => [name, worker])) };
}

/** Names of transitions of one machine. */
export function of(machine: string, ...transitions: readonly string[]): readonly string[] {
  return transitions.map((transition) => `${machine}: ${transition}`);
}
