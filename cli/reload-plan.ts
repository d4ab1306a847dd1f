/**
 * Reload plan: what another layout means for the nodes of a supervisor. Plain functions of what is known of each.
 */
import { differenceOf } from '../layout/difference.js';
import type { Layout } from '../layout/types.js';
import type { ChildPhase } from '../machines/child.js';
import type { ReloadPlan } from './messages.js';

/** A supervisor's nodes, and in which phases they are. */
export type Phases = ReadonlyMap<string, { readonly phase: ChildPhase }>;

/** @param names the nodes to run from then on */
export function planReload(from: Layout, to: Layout, nodes: Phases, names: readonly string[]): ReloadPlan {
  const difference = differenceOf(from, to);
  const changed = difference.changed.filter(({ restarts }) => restarts).map(({ name }) => name);
  const phaseOf = (name: string) => nodes.get(name)?.phase;
  // One that could not start may be able to now.
  const started = names.filter((name) => phaseOf(name) === undefined || phaseOf(name) === 'failed');
  return {
    difference,
    started,
    // One that has left by itself had its reason.
    restarted: names.filter((name) => changed.includes(name) && !started.includes(name) && phaseOf(name) !== 'left'),
    stopped: [...nodes.keys()].filter((name) => !names.includes(name)),
  };
}

/** The nodes that go on, and have to know the layout first. */
export function staying<N>(nodes: ReadonlyMap<string, N>, { started, restarted, stopped }: ReloadPlan): N[] {
  const others = [...started, ...restarted, ...stopped];
  return [...nodes].filter(([name]) => !others.includes(name)).map(([, node]) => node);
}
