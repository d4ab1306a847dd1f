/**
 * History: the last changes of state of a node's machines, in a ring.
 * It looks at snapshots that machines give out anyway, and no event of a user passes through a machine: a loaded node
 * pays nothing for it.
 */
import type { AnyActorRef } from 'xstate';
import type { Runtime } from '../../runtime.js';

/** Changes that are remembered. */
const capacity = 200;

/** A machine has come into another state. */
export interface Transition {
  /** ms since 1970. */
  readonly at: number;
  /** Unique in the node, such as `peering manager`. */
  readonly machine: string;
  /** Nested states with dots; empty: the machine has just started. */
  readonly from: string;
  readonly to: string;
}

type StateValue = string | { readonly [state: string]: StateValue | undefined };

export class History {
  readonly #runtime: Pick<Runtime, 'now'>;
  readonly #ring: Transition[] = [];
  /** Where the next one goes once the ring is full: the place of the oldest. */
  #next = 0;

  constructor(runtime: Pick<Runtime, 'now'>) {
    this.#runtime = runtime;
  }

  /** The oldest first. */
  get transitions(): Transition[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  /** Remembers from now on what becomes of an actor's machine. To be called before it is started. */
  watch(actor: AnyActorRef, machine: string): void {
    let last = '';
    actor.subscribe({
      next: ({ value }: { value: StateValue }) => {
        const state = pathOf(value);
        if (state === last) return;
        this.#note({ at: this.#runtime.now(), machine, from: last, to: state });
        last = state;
      },
      // Whoever runs the machine tells of it.
      error: () => {},
    });
  }

  #note(transition: Transition): void {
    this.#ring[this.#next] = transition;
    this.#next = (this.#next + 1) % capacity;
  }
}

/** `up.responsive`; parallel states are joined by `|`. */
function pathOf(value: StateValue): string {
  if (typeof value === 'string') return value;
  const parts = Object.entries(value).map(([name, inner]) => {
    const path = inner === undefined ? '' : pathOf(inner);
    return path === '' ? name : `${name}.${path}`;
  });
  return parts.join('|');
}
