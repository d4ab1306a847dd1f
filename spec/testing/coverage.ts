/**
 * Coverage: in which states of the machines each fault has struck, and how often.
 */
import { type Charts, pathsOf, peerOf } from './charts.js';
import type { Process } from './model.js';

export class Coverage {
  /** By fault, then by state. */
  readonly #counts = new Map<string, Map<string, number>>();

  /** Something is about to be done to the processes that are named in it. */
  note([verb = '', ...words]: readonly string[], processes: readonly Process[], charts: Charts): void {
    const struck = processes.filter(({ name }) => words.includes(name));
    const names = new Set(struck.map(({ node }) => node.name));
    for (const { node } of struck) {
      for (const { actor, machine, state } of charts.of(node.id)) {
        const peer = peerOf(actor);
        // Between two nodes, their peering is struck; at one, all that it has.
        if (names.size > 1 && peer !== '' && !names.has(peer)) continue;
        for (const path of pathsOf(state)) this.#count(verb, `${machine} ${path}`);
      }
    }
  }

  /** What has struck what: `cut initiator up.responsive`. */
  get strikes(): string[] {
    return [...this.#counts].flatMap(([verb, counts]) => [...counts.keys()].map((state) => `${verb} ${state}`));
  }

  /** Adds what another has counted. */
  add(other: Coverage): void {
    for (const [verb, counts] of other.#counts) {
      for (const [state, count] of counts) this.#count(verb, state, count);
    }
  }

  /** A table in Markdown: a row for each state, a column for each fault. */
  table(): string {
    const verbs = [...this.#counts.keys()].sort();
    const states = [...new Set([...this.#counts.values()].flatMap((counts) => [...counts.keys()]))].sort();
    const rows = states.map((state) => [
      state,
      ...verbs.map((verb) => (this.#counts.get(verb)?.get(state) ?? 0).toLocaleString('en')),
    ]);
    return [['', ...verbs], ['---', ...verbs.map(() => '---:')], ...rows]
      .map((row) => `| ${row.join(' | ')} |`)
      .join('\n');
  }

  #count(verb: string, state: string, more = 1): void {
    const counts = this.#counts.get(verb) ?? new Map<string, number>();
    this.#counts.set(verb, counts.set(state, (counts.get(state) ?? 0) + more));
  }
}
