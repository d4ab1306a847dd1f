/**
 * Stages: in which order the nodes of a cluster are started and stopped.
 * Who waits to be connected to comes first, and goes last. Plain functions of what is known of each node.
 */
import type { NodeType } from '../layout/types.js';
import type { ChildPhase } from '../machines/child.js';

const startOrder: readonly (readonly NodeType[])[] = [
  ['logger', 'timeMachine'],
  ['manager'],
  ['proxy'],
  ['worker', 'none'],
];

/** Names of nodes that are started together, or stopped together. */
export type Stage = readonly string[];

/** What counts here of a node. */
export interface Progress {
  readonly phase: ChildPhase;
  readonly released: boolean;
  readonly hasListened: boolean;
}

/** The nodes of `names` in the order of their start. Control nodes are for people, who start them. */
export function stagesOf(
  layout: Readonly<Record<string, { readonly nodeType: NodeType }>>,
  names: readonly string[],
): Stage[] {
  return startOrder
    .map((types) => names.filter((name) => types.includes(layout[name]?.nodeType as NodeType)))
    .filter((stage) => stage.length > 0);
}

/** Whose turn it is: those not started of the first stage whose predecessors have all listened, or left. */
export function dueToStart(stages: readonly Stage[], progressOf: (name: string) => Progress): string[] {
  const settled = (name: string) => progressOf(name).hasListened || hasEnded(progressOf(name).phase);
  const open = stages.findIndex((stage) => !stage.every(settled));
  return stages
    .slice(0, open === -1 ? stages.length : open + 1)
    .flatMap((stage) => stage.filter((name) => !progressOf(name).released && !hasEnded(progressOf(name).phase)));
}

/** Who is to leave now: of those that have started, the last stage that has not ended; all that have not. */
export function dueToStop(stages: readonly Stage[], progressOf: (name: string) => Progress): string[] {
  const last = stages.findLast((stage) => stage.some((name) => isAlive(progressOf(name)))) ?? [];
  const unborn = stages.flat().filter((name) => !progressOf(name).released);
  return [...last, ...unborn].filter((name) => isWanted(progressOf(name).phase));
}

/** The nodes that are stopped before `name`. */
export function stoppedBefore(stages: readonly Stage[], name: string): string[] {
  return stages.slice(stages.findIndex((stage) => stage.includes(name)) + 1).flat();
}

/** Nothing more comes of it. */
export function hasEnded(phase: ChildPhase): boolean {
  return phase === 'left' || phase === 'failed' || phase === 'stopped' || phase === 'killed';
}

const isAlive = ({ phase, released }: Progress) => released && !hasEnded(phase);
const isWanted = (phase: ChildPhase) => !hasEnded(phase) && phase !== 'stopping' && phase !== 'killing';
