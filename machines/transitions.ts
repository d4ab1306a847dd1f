/**
 * Transitions: the arrows of a machine as plain data, and their names.
 * Says for each where it begins, what makes it happen and where it leads. Its name is that of the definition which XState
 * reports when it is taken, so that a trace, the charts and the coverage speak of the same arrow.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

export interface Transition {
  /** Unique in its machine: `up.responsive link.hint`, `down after retryInterval`, `up hello.received #2`. */
  readonly name: string;
  /** Path of the state in which it begins; `(any)` for the whole machine. */
  readonly source: string;
  /** Type of the event; `after` and the name of its delay; `always`. */
  readonly event: string;
  /** Position among those of the same state and event, from 0: the first one whose guard holds is taken. */
  readonly index: number;
  /** Paths of states; none: it stays where it is. */
  readonly targets: readonly string[];
  /** Whether a source or target that is active is left and entered again. */
  readonly reenters: boolean;
  /** In words, null for none: `isSilent`, `not isSilent`, `(isSilent and isCalled)`. */
  readonly guard: string | null;
  /** Names, in the order in which they are taken. */
  readonly actions: readonly string[];
  /** Name of the delay, or `500 ms`; null unless it is a timer's. */
  readonly delay: string | null;
}

/** What XState adds to the definition of a timer's transition. */
type Definition = AnyTransitionDefinition & { readonly delay?: string | number };

/** All transitions of a machine, state by state, in the order of its source. */
export function transitionsOf({ root }: AnyStateMachine): readonly Transition[] {
  return definitionsOf(root).map((definition) => {
    const { source, target = [], reenter, guard, actions } = definition;
    return {
      name: nameOf(definition),
      source: pathOf(source),
      event: eventOf(definition),
      index: siblingsOf(definition).indexOf(definition),
      targets: target.map(pathOf),
      reenters: reenter,
      guard: guard === undefined ? null : wordsOf(guard),
      actions: actions.map(typeOf),
      delay: delayOf(definition) ?? null,
    };
  });
}

/** Name of a transition of a machine; see {@link Transition.name}. */
export function nameOf(definition: AnyTransitionDefinition): string {
  const siblings = siblingsOf(definition);
  const name = `${pathOf(definition.source)} ${eventOf(definition)}`;
  return siblings.length === 1 ? name : `${name} #${siblings.indexOf(definition) + 1}`;
}

/** Path of a state: `up.responsive`; `(any)` for the whole machine. */
export function pathOf({ path }: AnyStateNode): string {
  return path.join('.') || '(any)';
}

/** Name of an action, with or without parameters. */
export function typeOf(action: unknown): string {
  return typeof action === 'string' ? action : (action as { readonly type: string }).type;
}

/** Of a state and all states in it. */
function definitionsOf(state: AnyStateNode): readonly AnyTransitionDefinition[] {
  const own = [...(state.always ?? []), ...[...state.transitions.values()].flat()];
  return [...own, ...Object.values(state.states).flatMap(definitionsOf)];
}

/** Those of the same state and event, itself included. */
function siblingsOf({ source, eventType }: AnyTransitionDefinition): readonly AnyTransitionDefinition[] {
  return (eventType === '' ? source.always : source.transitions.get(eventType)) ?? [];
}

function eventOf(definition: AnyTransitionDefinition): string {
  const delay = delayOf(definition);
  if (delay !== undefined) return `after ${delay}`;
  return definition.eventType === '' ? 'always' : definition.eventType;
}

function delayOf({ delay }: Definition): string | undefined {
  return typeof delay === 'number' ? `${delay} ms` : delay;
}

/** A guard is a name, an object with one, or a function: XState's `not`, `and`, `or` of others. */
function wordsOf(guard: unknown): string {
  if (typeof guard !== 'function') return typeOf(guard);
  const { name, guards = [] } = guard as { readonly name: string; readonly guards?: readonly unknown[] };
  if (name === 'not') return `not ${guards.map(wordsOf)}`;
  return `(${guards.map(wordsOf).join(` ${name} `)})`;
}
