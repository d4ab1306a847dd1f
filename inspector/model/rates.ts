/**
 * Rates: what passed on the peerings of a node, second by second, from the counters that it tells.
 */
import type { PeerTotals } from '../../trace/record.js';
import type { TraceStore } from './trace-store.js';

/** What is shown of a peering, or of all of a node. */
export const measures = [
  { name: 'eventsOut', label: 'events out', unit: '/s', isRate: true },
  { name: 'eventsIn', label: 'events in', unit: '/s', isRate: true },
  { name: 'bytesOut', label: 'bytes out', unit: 'B/s', isRate: true },
  { name: 'bytesIn', label: 'bytes in', unit: 'B/s', isRate: true },
  { name: 'unacknowledged', label: 'waiting for acknowledgement', unit: 'events', isRate: false },
  { name: 'fill', label: 'buffer fill', unit: '%', isRate: false },
  { name: 'roundTrip', label: 'round trip', unit: 'ms', isRate: false },
  { name: 'lost', label: 'lost', unit: '/s', isRate: true },
] as const;

/** Counters come once a second: what is older than that, in ms, says nothing of now. */
const stale = 2_500;

export type Measure = (typeof measures)[number]['name'];

export interface Series {
  /** In ms since 1970. */
  readonly times: readonly number[];
  /** null: not known. */
  readonly values: readonly (number | null)[];
}

/** Of one peer, or of all peers together: rates per second; of what is no rate, the sum, or the largest round trip. */
export function seriesOf(store: TraceStore, node: string, peer: string | undefined, measure: Measure): Series {
  const counters = store.nodes.get(node)?.counters;
  const times: number[] = [];
  const values: (number | null)[] = [];
  const isRate = measures.some(({ name, isRate }) => name === measure && isRate);
  for (let position = isRate ? 1 : 0; position < (counters?.length ?? 0); position += 1) {
    const row = counters?.at(position) ?? -1;
    times.push(store.time(row));
    values.push(
      isRate ? rateAt(store, counters?.at(position - 1) ?? -1, row, peer, measure) : levelAt(store, row, peer, measure),
    );
  }
  return { times, values };
}

/** What a node last told of a peer before a moment, as rates per second; undefined if that is long ago. */
export function rateOfPeer(
  store: TraceStore,
  node: string,
  peer: string,
  measure: Measure,
  time: number,
): number | undefined {
  const counters = store.nodes.get(node)?.counters;
  const position = (counters?.countUntil(time) ?? 0) - 1;
  const row = counters?.at(position) ?? -1;
  if (row === -1 || time - store.time(row) > stale) return undefined;
  const isRate = measures.some(({ name, isRate }) => name === measure && isRate);
  if (!isRate) return levelAt(store, row, peer, measure) ?? undefined;
  const before = counters?.at(position - 1) ?? -1;
  return before === -1 ? undefined : (rateAt(store, before, row, peer, measure) ?? undefined);
}

function rateAt(
  store: TraceStore,
  before: number,
  row: number,
  peer: string | undefined,
  measure: Measure,
): number | null {
  // Counters begin anew with each lifetime.
  if (store.life(before) !== store.life(row)) return null;
  const seconds = (store.time(row) - store.time(before)) / 1_000;
  const [old, now] = [levelAt(store, before, peer, measure), levelAt(store, row, peer, measure)];
  return old === null || now === null || seconds <= 0 ? null : Math.max(0, now - old) / seconds;
}

function levelAt(store: TraceStore, row: number, peer: string | undefined, measure: Measure): number | null {
  const record = store.record(row);
  if (record.kind !== 'counters') return null;
  const peers: Readonly<Record<string, PeerTotals>> = record.data.peers ?? {};
  const chosen = peer === undefined ? Object.values(peers) : Object.hasOwn(peers, peer) ? [peers[peer]] : [];
  const levels = chosen.map((totals) => totals?.[measure]).filter((level) => typeof level === 'number');
  if (levels.length === 0) return null;
  const isShare = measure === 'roundTrip' || measure === 'fill';
  return isShare ? Math.max(...levels) : levels.reduce((sum, level) => sum + level, 0);
}
