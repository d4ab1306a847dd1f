/**
 * Filter: which records of a trace are shown. A query is words, all of which must hold: `node:worker-1`, `kind:event`,
 * `actor:peering`, `machine:clone`, `event:link.lost`, `state:down`, or a text that its line has. Several values are
 * divided by commas; a minus before a word turns it round; quotes keep spaces.
 */
import { RowList } from './row-list.js';
import type { TraceStore } from './trace-store.js';

export type Predicate = (row: number) => boolean;

/** Fields, and what of a record they are compared with. A node, kind or machine is meant as a whole, others in part. */
const fields: Readonly<Record<string, (store: TraceStore, row: number) => string>> = {
  node: (store, row) => store.node(row),
  kind: (store, row) => store.kind(row),
  machine: (store, row) => store.actor(row)?.machine ?? '',
  actor: (store, row) => store.actor(row)?.name ?? '',
  event: (store, row) => store.label(row),
  state: (store, row) => store.state(row),
  taken: (store, row) => store.taken(row),
};

const whole: ReadonlySet<string> = new Set(['node', 'kind', 'machine']);

/** @returns undefined for a query that lets everything through. */
export function parseFilter(store: TraceStore, query: string): Predicate | undefined {
  const words = query.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  const predicates = words.map((word) => predicateOf(store, word)).filter((predicate) => predicate !== undefined);
  if (predicates.length === 0) return undefined;
  return (row) => predicates.every((holds) => holds(row));
}

function predicateOf(store: TraceStore, word: string): Predicate | undefined {
  const isTurned = word.startsWith('-') && word.length > 1;
  const plain = (isTurned ? word.slice(1) : word).replaceAll('"', '').toLowerCase();
  if (plain === '') return undefined;
  const [, name = '', values = ''] = plain.match(/^(\w+):(.*)$/) ?? [];
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  const holds = field === undefined ? textPredicate(store, plain) : fieldPredicate(store, name, field, values);
  return isTurned ? (row) => !holds(row) : holds;
}

function fieldPredicate(
  store: TraceStore,
  name: string,
  field: (store: TraceStore, row: number) => string,
  values: string,
): Predicate {
  const wanted = values.split(',').filter((value) => value !== '');
  if (wanted.length === 0) return () => true;
  const isWhole = whole.has(name);
  return (row) => {
    const found = field(store, row).toLowerCase();
    return wanted.some((value) => (isWhole ? found === value : found.includes(value)));
  };
}

function textPredicate(store: TraceStore, text: string): Predicate {
  return (row) => store.line(row).toLowerCase().includes(text);
}

/** The records of a store for which a predicate holds. Looks at each once, a number of them at a time. */
export class FilteredRows {
  readonly rows: RowList;
  readonly #store: TraceStore;
  readonly #holds: Predicate;
  #next: number;

  constructor(store: TraceStore, holds: Predicate) {
    this.#store = store;
    this.#holds = holds;
    this.rows = new RowList(store.time);
    this.#next = store.first;
  }

  /** Looks at up to `count` more records. @returns whether all have been looked at. */
  advance(count: number): boolean {
    if (this.#next < this.#store.first) {
      this.#next = this.#store.first;
      this.rows.dropBefore(this.#store.first);
    }
    const end = Math.min(this.#store.first + this.#store.size, this.#next + count);
    for (; this.#next < end; this.#next += 1) if (this.#holds(this.#next)) this.rows.push(this.#next);
    return end === this.#store.first + this.#store.size;
  }
}
