/**
 * Lanes: the timeline as data: for each node and each of its actors, what state it was in when, and what happened to it.
 * Never gives more than a few for each pixel, however long the trace is.
 */
import { supervisor } from './instant.js';
import { type Mood, moodOf } from './states.js';
import type { TraceStore } from './trace-store.js';
import type { TracedActor } from './traced.js';

export interface Lane {
  /** `node worker-1`, `actor worker-1 peering manager`. */
  readonly key: string;
  readonly node: string;
  readonly label: string;
  /** Whose states it shows; undefined if nothing is known of them. */
  readonly actor: TracedActor | undefined;
  readonly isNode: boolean;
}

/** Node under which who gathers the feeds tells of what it had to leave out. */
const gatherer = '(inspector)';

const typeOrder = ['manager', 'logger', 'proxy', 'worker', 'timeMachine', 'control', 'none'];

/** Names of all nodes that are known, by type and name. The supervisor is first. */
export function nodeNames(store: TraceStore): string[] {
  const types = nodeTypes(store);
  const rank = (name: string) => (name === supervisor ? -1 : typeOrder.indexOf(types.get(name) ?? 'none'));
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  return [...types.keys()].sort((a, b) => rank(a) - rank(b) || compare(a, b));
}

/** Type of each node that was seen, or that a layout expects. */
export function nodeTypes(store: TraceStore): Map<string, string> {
  const types = new Map<string, string>();
  for (const { name, about } of store.nodes.values()) {
    if (name !== '' && name !== gatherer) types.set(name, about?.nodeType ?? types.get(name) ?? 'none');
    for (const [other, type] of Object.entries(about?.layout ?? {})) types.set(other, String(type));
  }
  return types;
}

/** A lane for what a simulation did, for each node, and one for each actor of those that are open. */
export function lanesOf(store: TraceStore, open: ReadonlySet<string>): Lane[] {
  const simulation = { key: 'simulation', node: '', label: 'simulation', actor: undefined, isNode: true };
  const lanes = lanesOfNodes(store, open);
  return store.nodes.has('') ? [simulation, ...lanes] : lanes;
}

function lanesOfNodes(store: TraceStore, open: ReadonlySet<string>): Lane[] {
  return nodeNames(store).flatMap((node) => {
    const actors = [...(store.nodes.get(node)?.actors.values() ?? [])].filter(({ machine }) => machine !== '');
    const own = actors.find(({ name }) => name === 'node');
    const lanes: Lane[] = [{ key: `node ${node}`, node, label: node, actor: own, isNode: true }];
    if (!open.has(node)) return lanes;
    for (const actor of actors) {
      if (actor === own) continue;
      lanes.push({ key: `actor ${node} ${actor.name}`, node, label: actor.name, actor, isNode: false });
    }
    return lanes;
  });
}

export interface Interval {
  readonly from: number;
  readonly to: number;
  readonly state: string;
  readonly mood: Mood;
  readonly row: number;
}

/**
 * What states an actor was in between two moments, up to `now`, the end of what is known. Those shorter than `step` ms
 * may be left out.
 */
export function intervalsOf(
  store: TraceStore,
  actor: TracedActor,
  [from, to]: readonly [number, number],
  step: number,
  now: number,
): Interval[] {
  const { changes } = actor;
  const intervals: Interval[] = [];
  const end = Math.min(to, now);
  let position = changes.countUntil(from) - 1;
  if (position < 0) {
    if (actor.base !== undefined && changes.length > 0) {
      const { state, isOver } = actor.base;
      const until = Math.min(end, store.time(changes.at(0)));
      if (until > from) intervals.push({ from, to: until, state, mood: isOver ? 'over' : moodOf(state), row: -1 });
    }
    position = 0;
  }
  while (position < changes.length) {
    const row = changes.at(position);
    const start = store.time(row);
    if (start > end) break;
    // Those that begin within one step are one.
    const next = Math.max(position + 1, changes.countUntil(Math.max(start, from) + step));
    const last = changes.at(next - 1);
    const state = store.state(last);
    const mood = store.kind(last) !== 'stopped' ? moodOf(state) : store.label(last) === '' ? 'over' : 'bad';
    const follower = changes.at(next);
    const stop = Math.min(follower === -1 ? end : store.time(follower), store.life(last).until, end);
    const before = intervals.at(-1);
    if (before !== undefined && before.state === state && before.mood === mood && before.to >= start) {
      intervals[intervals.length - 1] = { ...before, to: stop };
    } else if (stop > from || start >= from) {
      intervals.push({ from: Math.max(start, from), to: Math.max(stop, start), state, mood, row: last });
    }
    position = next;
  }
  return intervals;
}

export const markKinds = ['hello', 'refused', 'lost', 'fault', 'gap', 'warning', 'start', 'end'] as const;
export type MarkKind = (typeof markKinds)[number];

export interface Mark {
  readonly time: number;
  readonly kind: MarkKind;
  /** The last one, of those that are drawn in one place; -1: no record tells it. */
  readonly row: number;
  readonly count: number;
}

/** What happened on a lane between two moments; those of a kind within `step` ms are one. */
export function marksOf(store: TraceStore, lane: Lane, span: readonly [number, number], step: number): Mark[] {
  const marks = new Map<string, Mark>();
  const note = (kind: MarkKind, time: number, row: number) => {
    const key = `${kind} ${Math.floor(time / step)}`;
    marks.set(key, { kind, time, row, count: (marks.get(key)?.count ?? 0) + 1 });
  };
  const list = lane.isNode ? store.nodes.get(lane.node)?.marks : lane.actor?.marks;
  if (list !== undefined) {
    const end = list.countUntil(span[1]);
    for (let position = list.countUntil(span[0]); position < end; position += 1) {
      const row = list.at(position);
      note(markOf(store, row), store.time(row), row);
    }
  }
  if (lane.isNode && lane.node !== '') {
    for (const life of store.nodes.get(lane.node)?.lives ?? []) {
      if (life.from >= span[0] && life.from <= span[1]) note('start', life.from, life.rows.at(0));
      if (life.until >= span[0] && life.until <= span[1]) note('end', life.until, -1);
    }
  }
  const end = store.faults.countUntil(span[1]);
  for (let position = store.faults.countUntil(span[0]); position < end; position += 1) {
    const row = store.faults.at(position);
    if (concerns(store, row, lane)) note('fault', store.time(row), row);
  }
  return [...marks.values()];
}

function markOf(store: TraceStore, row: number): MarkKind {
  const kind = store.kind(row);
  if (kind === 'dropped') return 'gap';
  if (kind === 'line') return 'warning';
  if (kind === 'refused' || kind === 'lost') return kind;
  return 'hello';
}

/** All are on the lane of the simulation; a fault of a node is on its lane; one between two nodes on those of both, and of their peering. */
function concerns(store: TraceStore, row: number, { node, actor, isNode }: Lane): boolean {
  const record = store.record(row);
  if (record.kind !== 'fault') return false;
  const { args } = record.data;
  if (node === '') return true;
  if (!Array.isArray(args) || !args.includes(node)) return false;
  return isNode || args.some((peer) => actor?.name === `peering ${peer}`);
}
