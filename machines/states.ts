/**
 * States: the states of a machine as plain data, by their paths. Their arrows are in `transitions.ts`.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { pathOf, typeOf } from './transitions.js';

export interface State {
  /** Names from the outermost state inwards: `up.doubted.probing`; `(any)` for the whole machine. */
  readonly path: string;
  /** Path of the state in which it is; null for the whole machine. */
  readonly parent: string | null;
  /** With states in it, of which one is active (`compound`) or all (`parallel`); or without. */
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final';
  /** Path of the state in it that comes first; null unless it is `compound`. */
  readonly initial: string | null;
  /** Names of the actions taken when it is entered, and when it is left. */
  readonly entry: readonly string[];
  readonly exit: readonly string[];
}

/** The whole machine and all its states, in the order of its source. */
export function statesOf({ root }: AnyStateMachine): readonly State[] {
  return withinOf(root).map((state) => ({
    path: pathOf(state),
    parent: state.parent === undefined ? null : pathOf(state.parent),
    type: state.type as State['type'],
    initial: state.type === 'compound' ? pathOf(state.initial.target[0] as AnyStateNode) : null,
    entry: namesOf(state.config.entry),
    exit: namesOf(state.config.exit),
  }));
}

function withinOf(state: AnyStateNode): readonly AnyStateNode[] {
  return [state, ...Object.values(state.states).flatMap(withinOf)];
}

function namesOf(actions: unknown): readonly string[] {
  return [actions ?? []].flat().map(typeOf);
}
