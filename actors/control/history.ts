/**
 * History: the last changes of state of a node's machines, in a ring for each: one that tries in vain, again and again,
 * does not push out what befell the others.
 * It looks at snapshots that machines give out anyway, and no event of a user passes through a machine: a loaded node
 * pays nothing for it.
 */
import type { AnyActorRef } from 'xstate';
import type { Runtime } from '../../runtime.js';

/** Changes that are remembered of each machine. */
const capacity = 32;

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

/** `next`: where the next one goes; once the ring is full, the place of the oldest. */
interface Ring {
  readonly places: (Transition & { readonly number: number })[];
  next: number;
}

export class History {
  readonly #runtime: Pick<Runtime, 'now'>;
  readonly #rings: Ring[] = [];
  /** Two changes may bear the same time, and clocks may jump. */
  #number = 0;

  constructor(runtime: Pick<Runtime, 'now'>) {
    this.#runtime = runtime;
  }

  /** The oldest first. */
  get transitions(): Transition[] {
    const all = this.#rings.flatMap(({ places }) => places).sort((a, b) => a.number - b.number);
    return all.map(({ number: _, ...transition }) => transition);
  }

  /** Remembers from now on what becomes of an actor's machine. To be called before it is started. */
  watch(actor: AnyActorRef, machine: string): void {
    const ring: Ring = { places: [], next: 0 };
    this.#rings.push(ring);
    let last = '';
    actor.subscribe({
      next: ({ value }: { value: StateValue }) => {
        const state = pathOf(value);
        if (state === last) return;
        ring.places[ring.next] = { number: ++this.#number, at: this.#runtime.now(), machine, from: last, to: state };
        ring.next = (ring.next + 1) % capacity;
        last = state;
      },
      // Whoever runs the machine tells of it.
      error: () => {},
    });
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
