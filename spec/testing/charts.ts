/**
 * Charts: the state of each machine of each lifetime that runs, as the trace tells it, and why peers went down.
 */
import type { TraceRecord } from '../../testing/index.js';

type StateValue = string | { readonly [region: string]: StateValue | undefined };

interface Chart {
  readonly actor: string;
  readonly machine: string;
  readonly state: StateValue;
}

/** A peering to which this node had connected went down. */
export interface Parting {
  readonly id: string;
  readonly peer: string;
  readonly at: number;
  /** Type of the event that brought it about. */
  readonly event: string;
}

export class Charts {
  readonly partings: Parting[] = [];
  /** By lifetime, then by actor. */
  readonly #charts = new Map<string, Map<string, Chart>>();

  readonly take = ({ kind, data, id, monotonic }: TraceRecord): void => {
    switch (kind) {
      case 'actor':
        this.#of(id).set(data.actor, data);
        break;
      case 'transition':
        this.#of(id).set(data.actor, { actor: data.actor, machine: data.machine, state: data.to });
        if (data.machine === 'initiator' && isUp(data.from) && data.to === 'down') {
          this.partings.push({ id, peer: peerOf(data.actor), at: monotonic, event: data.event });
        }
        break;
      case 'stopped':
        this.#of(id).delete(data.actor);
        break;
    }
  };

  /** Of the machines that run in a lifetime. */
  of(id: string): Chart[] {
    return [...(this.#charts.get(id)?.values() ?? [])];
  }

  /** It has ended without a word. */
  forget(id: string): void {
    this.#charts.delete(id);
  }

  #of(id: string): Map<string, Chart> {
    const known = this.#charts.get(id) ?? new Map<string, Chart>();
    this.#charts.set(id, known);
    return known;
  }
}

/** Name of the peer whose peering an actor is; empty for others. */
export function peerOf(actor: string): string {
  return actor.startsWith('peering ') ? actor.slice('peering '.length) : '';
}

/** Paths of the states it is in: one for each region. */
export function pathsOf(state: StateValue | undefined): string[] {
  if (state === undefined) return [];
  if (typeof state === 'string') return [state];
  return Object.entries(state).flatMap(([name, inner]) => pathsOf(inner).map((path) => `${name}.${path}`));
}

function isUp(state: StateValue): boolean {
  return pathsOf(state).some((path) => path.startsWith('up.'));
}
