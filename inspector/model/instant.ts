/**
 * Instant: how everything was at a moment: the state of each actor, node and peering, and the timers that were running.
 */
import { activePaths, type Mood, moodOf } from './states.js';
import type { TraceStore } from './trace-store.js';
import type { Context, TracedActor } from './traced.js';

/** Node under which a supervisor tells of the processes of its nodes. */
export const supervisor = '(supervisor)';

export interface Standing {
  /** Path; empty if it is not known. */
  readonly state: string;
  readonly mood: Mood;
  /** When it came into the state; undefined if that has been forgotten. */
  readonly since: number | undefined;
  /** The record that tells it; -1 if that has been forgotten. */
  readonly row: number;
}

const unseen: Standing = { state: '', mood: 'none', since: undefined, row: -1 };

export function standingAt(store: TraceStore, actor: TracedActor | undefined, time: number): Standing {
  if (actor === undefined) return unseen;
  const row = actor.changes.lastUntil(time);
  if (row === -1) {
    const { base } = actor;
    if (base === undefined) return unseen;
    return { state: base.state, mood: base.isOver ? 'over' : moodOf(base.state), since: undefined, row };
  }
  const state = store.state(row);
  const since = store.time(row);
  const { until } = store.life(row);
  if (until <= time) return { state, mood: 'gone', since: until, row };
  if (store.kind(row) !== 'stopped') return { state, mood: moodOf(state), since, row };
  return { state, mood: store.label(row) === '' ? 'over' : 'bad', since, row };
}

/** A node as it says itself; when its process is over, as its supervisor says. */
export function nodeAt(store: TraceStore, name: string, time: number): Standing {
  const standing = standingAt(store, store.nodes.get(name)?.actors.get('node'), time);
  const { mood } = standing;
  if (mood !== 'gone' && mood !== 'none' && mood !== 'over') return standing;
  const child = standingAt(store, store.nodes.get(supervisor)?.actors.get(name), time);
  return child.mood === 'none' ? standing : child;
}

export interface PeeringStanding {
  /** Of the end that is worse off. */
  readonly state: string;
  readonly mood: Mood;
  readonly initiator: Standing;
  readonly acceptor: Standing;
}

const worse: readonly Mood[] = ['none', 'gone', 'over', 'good', 'busy', 'doubt', 'bad'];

export function peeringAt(store: TraceStore, initiator: string, acceptor: string, time: number): PeeringStanding {
  const end = (node: string, peer: string) =>
    standingAt(store, store.nodes.get(node)?.actors.get(`peering ${peer}`), time);
  const [one, other] = [end(initiator, acceptor), end(acceptor, initiator)];
  const worst = worse.indexOf(other.mood) > worse.indexOf(one.mood) ? other : one;
  return { state: worst.state, mood: worst.mood, initiator: one, acceptor: other };
}

export function contextAt(store: TraceStore, actor: TracedActor, time: number): Context {
  return store.context(actor, actor.changes.countUntil(time) - 1);
}

export interface PendingTimer {
  readonly event: string;
  readonly delay: number;
  /** In the time of the store. */
  readonly due: number;
  readonly row: number;
}

/** Records of an actor that are looked at for its timers, at most. */
const maxLook = 2_000;

/**
 * Timers that run: set, not fired, and their state not left since. Of timers that were set before somebody began to
 * listen nothing is known.
 */
export function timersAt(store: TraceStore, actor: TracedActor, time: number): PendingTimer[] {
  const { state, mood } = standingAt(store, actor, time);
  if (mood === 'gone' || mood === 'over' || mood === 'none') return [];
  const pending: PendingTimer[] = [];
  const settled = new Set<string>();
  let alive = new Set(activePaths(state));
  const last = actor.rows.countUntil(time) - 1;
  for (let position = last; position >= 0 && last - position < maxLook; position -= 1) {
    const row = actor.rows.at(position);
    const kind = store.kind(row);
    if (kind === 'actor' || kind === 'stopped') break;
    if (kind === 'event') settled.add(store.label(row));
    if (kind === 'timer' && !settled.has(store.label(row))) {
      settled.add(store.label(row));
      const record = store.record(row);
      const path = pathOfTimer(store.label(row));
      if (record.kind === 'timer' && (path === '' || alive.has(path))) {
        const { delay, event } = record.data;
        pending.push({ event, delay, due: record.data.due + store.life(row).offset, row });
      }
    }
    if (kind === 'transition') {
      const record = store.record(row);
      if (record.kind !== 'transition') continue;
      const before = new Set(activePaths(stateBefore(store, actor, row)));
      alive = new Set([...alive].filter((path) => before.has(path)));
    }
  }
  return pending.reverse();
}

/** The state that a timer's event names: `xstate.after.helloTimeout.peering.hello` begins in `hello`. */
function pathOfTimer(event: string): string {
  const [, rest = ''] = event.match(/^xstate\.after\.[^.]+\.[^.]+\.(.*)$/) ?? [];
  return rest;
}

/** The delay that a timer's event names: `helloTimeout`. */
export function delayOfTimer(event: string): string {
  return event.match(/^xstate\.after\.([^.]+)/)?.[1] ?? event;
}

function stateBefore(store: TraceStore, actor: TracedActor, row: number): string {
  const position = actor.changes.positionOf(row);
  return position > 0 ? store.state(actor.changes.at(position - 1)) : (actor.base?.state ?? '');
}

/** How often each transition was taken up to a moment, by its name. */
export function takenUntil(store: TraceStore, actor: TracedActor, time: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const end = actor.changes.countUntil(time);
  for (let position = 0; position < end; position += 1) {
    const taken = store.taken(actor.changes.at(position));
    if (taken === '') continue;
    for (const name of taken.split('\n')) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** The last transition up to a moment; -1 if there is none. */
export function lastTransition(store: TraceStore, actor: TracedActor, time: number): number {
  for (let position = actor.changes.countUntil(time) - 1; position >= 0; position -= 1) {
    const row = actor.changes.at(position);
    if (store.kind(row) === 'transition') return row;
  }
  return -1;
}
