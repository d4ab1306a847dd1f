/**
 * Mermaid: a machine as a state diagram, in the text that Mermaid draws.
 * Arrows between the same two states are one, with a line for each event; what a state does without being left stands in
 * its box. Mermaid draws no arrow from a state to one within it: these begin at a box `(any)` inside, as do those of the
 * whole machine.
 */
import type { AnyStateMachine } from 'xstate';
import { type State, statesOf } from './states.js';
import { type Transition, transitionsOf } from './transitions.js';

const any = '(any)';

/** A `stateDiagram-v2`, in lines without an end of line after the last. */
export function mermaidOf(machine: AnyStateMachine): string {
  const [root, ...states] = statesOf(machine) as [State, ...State[]];
  const transitions = transitionsOf(machine);
  const parents = new Set(states.map(({ parent }) => parent));
  return ['stateDiagram-v2', ...indent(contentOf(root))].join('\n');

  function contentOf({ path, type, initial }: State): readonly string[] {
    const inside = states.filter(({ parent }) => parent === path);
    const first = type === 'parallel' ? inside.map((region) => region.path) : [initial as string];
    const box = boxIn(path);
    return [
      ...first.map((state) => `[*] --> ${idOf(state)}`),
      ...inside.flatMap((state) => (parents.has(state.path) ? compound(state) : atomic(state))),
      ...(transitions.some((transition) => beginOf(transition) === box) ? leaf(box) : []),
      ...arrowsIn(path),
    ];
  }

  function compound(state: State): readonly string[] {
    return [`${titleOf(state.path)} {`, ...indent(contentOf(state)), '}'];
  }

  function atomic({ path, type }: State): readonly string[] {
    return [...leaf(path), ...(type === 'final' ? [`${idOf(path)} --> [*]`] : [])];
  }

  function leaf(path: string): readonly string[] {
    const inner = transitions.filter((transition) => stays(transition) && beginOf(transition) === path);
    return [titleOf(path), ...inner.map((transition) => `${idOf(path)} : ${deedOf(transition)}`)];
  }

  /** Arrows stand in the innermost block that has both ends. */
  function arrowsIn(block: string): readonly string[] {
    const labels = new Map<string, string[]>();
    for (const transition of transitions.filter((transition) => !stays(transition))) {
      const begin = beginOf(transition);
      for (const target of transition.targets.filter((end) => commonBlock(begin, end) === block)) {
        const ends = `${idOf(begin)} --> ${idOf(target)}`;
        labels.set(ends, [...(labels.get(ends) ?? []), labelOf(transition)]);
      }
    }
    return [...labels].map(([ends, lines]) => `${ends} : ${lines.join('<br/>')}`);
  }

  function beginOf(transition: Transition): string {
    const { source, targets } = transition;
    const isInside = targets.every((target) => source === any || target.startsWith(`${source}.`));
    return parents.has(source) && (isInside || stays(transition)) ? boxIn(source) : source;
  }
}

/** It leads nowhere else. */
function stays({ source, targets }: Transition): boolean {
  return targets.every((target) => target === source);
}

function boxIn(path: string): string {
  return path === any ? any : `${path}.${any}`;
}

/** Path of the innermost state in which both are. */
function commonBlock(one: string, other: string): string {
  const [outer, others] = [one.split('.').slice(0, -1), other.split('.').slice(0, -1)];
  const end = outer.findIndex((name, depth) => name !== others[depth]);
  return outer.slice(0, end === -1 ? undefined : end).join('.') || any;
}

/** As in UML: `else` is what is left when the guards before it do not hold. */
function labelOf({ event, guard, index }: Transition): string {
  const condition = guard ?? (index > 0 ? 'else' : null);
  return condition === null ? event : `${event} [${condition}]`;
}

/** What a transition does that leads nowhere else. */
function deedOf(transition: Transition): string {
  const { targets, actions } = transition;
  const deeds = [...actions, ...(targets.length > 0 ? ['enter again'] : [])];
  return `${labelOf(transition)} / ${deeds.join(', ') || 'nothing'}`;
}

function titleOf(path: string): string {
  return `state "${path.split('.').at(-1)}" as ${idOf(path)}`;
}

function idOf(path: string): string {
  return path.replace(/[()]/g, '').replaceAll('.', '_');
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
