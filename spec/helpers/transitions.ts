/**
 * The transition table of a machine: every state × every event, timers included, one line each. Kept as a snapshot, so
 * that a change of behaviour is seen in review.
 */
import {
  type AnyActorLogic,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  initialTransition,
  transition,
} from 'xstate';

interface Event {
  readonly type: string;
}

/** What a transition emits, starts or cancels, in words; plain assignments show in the next context. */
function effects(actions: readonly { type: string; params?: unknown }[]): string[] {
  return actions.flatMap(({ type, params }) => {
    if (type === 'xstate.emit') return [`emit ${JSON.stringify((params as { event: object }).event)}`];
    if (type === 'xstate.raise') {
      const { event, delay } = params as { event: Event; delay?: number };
      return delay === undefined ? [] : [`start ${timer(event.type)} ${delay}`];
    }
    if (type === 'xstate.cancel') return [`cancel ${timer(String((params as { sendId?: string }).sendId ?? params))}`];
    return [];
  });
}

const timer = (type: string): string => type.replace(/^xstate\.after\./, 'after ');

function show(snapshot: AnyMachineSnapshot): string {
  return JSON.stringify({ state: snapshot.value, ...snapshot.context });
}

/** Timers that are set in a snapshot, as the events that they send when they are due. */
function timers(machine: AnyStateMachine, snapshot: AnyMachineSnapshot): Event[] {
  return machine.events
    .filter((type) => type.startsWith('xstate.after.'))
    .filter((type) => snapshot.can({ type } as never))
    .map((type) => ({ type }));
}

/** All snapshots that can be reached by the given events and timers, with what each event does in each of them. */
export function transitionTable(
  machine: AnyStateMachine,
  input: object,
  events: readonly Event[],
  keyOf: (snapshot: AnyMachineSnapshot) => string = show,
): string {
  const logic = machine as AnyActorLogic;
  const [first, firstActions] = initialTransition(logic, input);
  const lines = [`(start) → ${keyOf(first as AnyMachineSnapshot)}`, ...indent(effects(firstActions as never))];
  const queue = [first as AnyMachineSnapshot];
  const seen = new Set(queue.map(keyOf));
  for (let snapshot = queue.shift(); snapshot !== undefined; snapshot = queue.shift()) {
    lines.push('', keyOf(snapshot));
    for (const event of [...events, ...timers(machine, snapshot)]) {
      const [next, actions] = transition(logic, snapshot, event as never) as [AnyMachineSnapshot, never];
      const done = effects(actions);
      const key = keyOf(next);
      const changed = key !== keyOf(snapshot);
      lines.push(`  ${timer(JSON.stringify(event))} → ${changed ? key : done.length > 0 ? '(same)' : '(nothing)'}`);
      lines.push(...indent(done, 4));
      if (!seen.has(key) && seen.size < 500) {
        seen.add(key);
        queue.push(next);
      }
    }
  }
  return lines.join('\n');
}

function indent(lines: readonly string[], by = 2): string[] {
  return lines.map((line) => ' '.repeat(by) + line);
}
