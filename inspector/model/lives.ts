/**
 * Lives: the lifetimes of all nodes. Brings their clocks together: a record's time is the wall clock of its node's lifetime when
 * it was first seen, plus what its monotonic clock has gone on since.
 */
import type { TraceRecord } from '../../trace/record.js';
import type { RowList } from './row-list.js';
import type { Life, TracedNode } from './traced.js';

/** Records of a lifetime by which its clock is set; a wall clock is coarse, and the latest one is the nearest. */
const clockRecords = 50;

export interface LivesSetup {
  list(): RowList;
  nodeOf(name: string): TracedNode;
}

export class Lives {
  readonly all: Life[] = [];
  readonly #setup: LivesSetup;
  readonly #byId = new Map<string, Life>();

  constructor(setup: LivesSetup) {
    this.#setup = setup;
  }

  get(node: string, id: string): Life | undefined {
    return this.#byId.get(keyOf(node, id));
  }

  /** Sets the clocks of lifetimes that are new. */
  begin(records: readonly TraceRecord[]): void {
    const fresh = new Map<string, { readonly first: TraceRecord; offset: number; seen: number }>();
    for (const record of records) {
      const key = keyOf(record.node, record.id);
      if (this.#byId.has(key)) continue;
      const offset = record.wall - record.monotonic;
      const life = fresh.get(key);
      if (life === undefined) fresh.set(key, { first: record, offset, seen: 1 });
      else if (life.seen++ < clockRecords) life.offset = Math.max(life.offset, offset);
    }
    for (const { first, offset } of fresh.values()) this.#begin(first, offset);
  }

  #begin({ node, id, monotonic }: TraceRecord, measured: number): void {
    // Those of one simulation, or one process, share a clock.
    const shared = this.all.find(({ offset }) => Math.abs(offset - measured) < 1);
    const offset = shared?.offset ?? measured;
    const from = monotonic + offset;
    const life = {
      index: this.all.length,
      node,
      id,
      from,
      until: Number.POSITIVE_INFINITY,
      offset,
      rows: this.#setup.list(),
    };
    const { lives } = this.#setup.nodeOf(node);
    const last = lives.at(-1);
    if (last !== undefined && last.until > from) last.until = from;
    lives.push(life);
    this.all.push(life);
    this.#byId.set(keyOf(node, id), life);
  }
}

function keyOf(node: string, id: string): string {
  return `${node} ${id}`;
}
