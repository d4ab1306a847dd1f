/**
 * Causes: the chain of records that led to one, back to where it began.
 */
import type { TraceStore } from './trace-store.js';

/** A frame that is older than that when it arrives, in ms, is not looked for. */
const maxJourney = 60_000;
/** How far clocks of two nodes may be apart, in ms. */
const clockError = 10;
const maxLook = 20_000;

/** The record that led to this one; -1 if that is not known. */
export function causeOf(store: TraceStore, row: number): number {
  const cause = store.cause(row);
  return cause === -1 && store.kind(row) === 'received' ? senderOf(store, row) : cause;
}

/** The record and what led to it, the first cause last. */
export function why(store: TraceStore, row: number, limit = 500): number[] {
  const chain: number[] = [];
  for (let at = row; at !== -1 && chain.length < limit && !chain.includes(at); at = causeOf(store, at)) chain.push(at);
  return chain;
}

/** The record of a peer that sent the frame which this one received; -1 if the peer was not traced. */
export function senderOf(store: TraceStore, row: number): number {
  const received = store.record(row);
  if (received.kind !== 'received') return -1;
  const { peer, link, number } = received.data;
  const frames = store.nodes.get(peer)?.actors.get(`peering ${received.node}`)?.frames;
  if (frames === undefined) return -1;
  const time = store.time(row);
  const last = frames.countUntil(time + clockError) - 1;
  for (let position = last; position >= 0 && last - position < maxLook; position -= 1) {
    const candidate = frames.at(position);
    if (store.time(candidate) < time - maxJourney) return -1;
    if (store.kind(candidate) !== 'sent' || store.label(candidate) !== store.label(row)) continue;
    const sent = store.record(candidate);
    if (sent.kind === 'sent' && sent.data.link === link && sent.data.number === number) return candidate;
  }
  return -1;
}
