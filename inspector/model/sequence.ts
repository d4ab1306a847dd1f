/**
 * Sequence: the frames that two nodes exchanged, and what state that brought each of them to, as a sequence diagram.
 */
import { senderOf } from './causes.js';
import type { TraceStore } from './trace-store.js';
import type { TracedActor } from './traced.js';

export interface Message {
  readonly type: 'message';
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** When it was sent and received; undefined: that is not told. */
  readonly sent: number | undefined;
  readonly received: number | undefined;
  /** The record that tells of it: that of the sender, if there is one. */
  readonly row: number;
  readonly time: number;
}

/** One of the two comes into another state. */
export interface Note {
  readonly type: 'note';
  readonly node: string;
  readonly label: string;
  readonly row: number;
  readonly time: number;
}

export type Step = Message | Note;

export interface Sequence {
  readonly nodes: readonly [string, string];
  readonly span: readonly [number, number];
  readonly steps: readonly Step[];
  /** Steps that were left out, since there are too many. */
  readonly more: number;
}

const maxSteps = 500;
/** Around what is shown, in ms: the frames that began it, the states that followed. */
const margin = 2;

/** What two nodes told each other between two moments, and `watched` at them. */
export function sequenceOf(
  store: TraceStore,
  nodes: readonly [string, string],
  span: readonly [number, number],
  watched: readonly (TracedActor | undefined)[] = peeringsOf(store, nodes),
): Sequence {
  const messages = nodes.flatMap((node) => messagesAt(store, node, other(nodes, node), span));
  const paired = new Set(messages.map(({ received, row }) => (received === undefined ? -1 : row)));
  // A frame that was told by both is told once, by its receiver, who knows both ends.
  const once = messages.filter(({ received, row }) => received !== undefined || !paired.has(row));
  const notes = watched.flatMap((actor) => (actor === undefined ? [] : notesOf(store, actor, span)));
  const steps = [...once, ...notes].sort((a, b) => a.time - b.time || a.row - b.row);
  return { nodes, span, steps: steps.slice(0, maxSteps), more: Math.max(0, steps.length - maxSteps) };
}

/** When two nodes last began a handshake before a moment, and when it was over; the next one if there was none. */
export function handshakeSpan(
  store: TraceStore,
  nodes: readonly [string, string],
  time: number,
): readonly [number, number] | undefined {
  const hellos = peeringsOf(store, nodes).flatMap((actor) => {
    if (actor === undefined) return [];
    return Array.from({ length: actor.marks.length }, (_, at) => actor.marks.at(at));
  });
  const byTime = hellos.filter((row) => store.label(row) === 'hello').sort((a, b) => store.time(a) - store.time(b));
  const chosen = byTime.findLast((row) => store.time(row) <= time) ?? byTime[0];
  if (chosen === undefined) return undefined;
  const link = linkOf(store, chosen);
  const ofLink = byTime.filter((row) => linkOf(store, row) === link);
  const begin = store.time(ofLink[0] ?? chosen);
  const answers = peeringsOf(store, nodes).flatMap((actor) =>
    actor === undefined ? [] : [answerAfter(store, actor, begin, link)],
  );
  const end = Math.max(store.time(ofLink.at(-1) ?? chosen), ...answers);
  return [begin - margin, end + margin];
}

/** When a replica last began to catch up with its master before a moment, and when it had. */
export function synchronisationSpan(
  store: TraceStore,
  clone: TracedActor,
  time: number,
): readonly [number, number] | undefined {
  const { changes } = clone;
  const isSyncing = (position: number) => store.state(changes.at(position)).includes('connection.syncing');
  let begin = -1;
  for (let position = 0; position < changes.length; position += 1) {
    const isFirst = isSyncing(position) && (position === 0 || !isSyncing(position - 1));
    if (isFirst && (begin === -1 || store.time(changes.at(position)) <= time)) begin = position;
  }
  if (begin === -1) return undefined;
  let end = begin;
  while (end + 1 < changes.length && isSyncing(end)) end += 1;
  return [store.time(changes.at(begin)) - margin, store.time(changes.at(end)) + margin];
}

/** The ends of a peering. */
export function peeringsOf(store: TraceStore, [one, two]: readonly [string, string]): (TracedActor | undefined)[] {
  const end = (node: string, peer: string) => store.nodes.get(node)?.actors.get(`peering ${peer}`);
  return [end(one, two), end(two, one)];
}

function other([one, two]: readonly [string, string], node: string): string {
  return node === one ? two : one;
}

function messagesAt(store: TraceStore, node: string, peer: string, [from, to]: readonly [number, number]): Message[] {
  const frames = store.nodes.get(node)?.actors.get(`peering ${peer}`)?.frames;
  if (frames === undefined) return [];
  const messages: Message[] = [];
  const end = frames.countUntil(to);
  // One more than are shown: the rest is only counted.
  for (let position = frames.countUntil(from); position < end && messages.length < maxSteps * 2; position += 1) {
    const row = frames.at(position);
    const time = store.time(row);
    if (store.kind(row) === 'sent') {
      messages.push({
        type: 'message',
        from: node,
        to: peer,
        label: labelOf(store, row),
        sent: time,
        received: undefined,
        row,
        time,
      });
      continue;
    }
    const sender = senderOf(store, row);
    // Clocks of two processes differ a little: nothing arrives before it was sent.
    const sent = sender === -1 ? undefined : store.time(sender);
    const received = Math.max(time, sent ?? time);
    messages.push({
      type: 'message',
      from: peer,
      to: node,
      label: labelOf(store, row),
      sent,
      received,
      row: sender === -1 ? row : sender,
      time: sent ?? received,
    });
  }
  return messages;
}

function notesOf(store: TraceStore, actor: TracedActor, [from, to]: readonly [number, number]): Note[] {
  const notes: Note[] = [];
  const end = actor.changes.countUntil(to);
  for (let position = actor.changes.countUntil(from); position < end && notes.length < maxSteps; position += 1) {
    const row = actor.changes.at(position);
    const before = position === 0 ? '' : store.state(actor.changes.at(position - 1));
    if (store.state(row) === before) continue;
    notes.push({ type: 'note', node: actor.node, label: store.state(row), row, time: store.time(row) });
  }
  return notes;
}

/** `events 17–21`, `hello`. */
function labelOf(store: TraceStore, row: number): string {
  const record = store.record(row);
  if (record.kind !== 'sent' && record.kind !== 'received') return store.label(row);
  const { frame, first, count } = record.data;
  if (first === undefined) return frame;
  return count === undefined || count <= 1 ? `${frame} ${first}` : `${frame} ${first}–${first + count - 1}`;
}

function linkOf(store: TraceStore, row: number): string {
  const record = store.record(row);
  return record.kind === 'sent' || record.kind === 'received' ? record.data.link : '';
}

/** When the answer to a hello was given or came: an accept or a reject; the beginning if there is none. */
function answerAfter(store: TraceStore, { frames }: TracedActor, begin: number, link: string): number {
  const first = frames.countUntil(begin);
  for (let position = first; position < Math.min(frames.length, first + 100); position += 1) {
    const row = frames.at(position);
    const label = store.label(row);
    if ((label === 'accept' || label === 'reject') && linkOf(store, row) === link) return store.time(row);
  }
  return begin;
}
