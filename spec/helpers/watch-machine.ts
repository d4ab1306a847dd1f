/**
 * Watches all actors of a machine that are made from now on, wherever that happens.
 */
import type { AnyStateMachine } from 'xstate';
import { nameOf } from '../../machines/transitions.js';

/** `taken` is told the name of each transition. */
export function watchMachine(machine: AnyStateMachine, taken: (transition: string) => void): void {
  const { getInitialSnapshot } = machine;
  machine.getInitialSnapshot = (scope, input) => {
    scope.system.inspect((inspected) => {
      if (inspected.type === '@xstate.microstep') for (const one of inspected._transitions) taken(nameOf(one));
    });
    return getInitialSnapshot(scope, input);
  };
}
