/**
 * Reading records: from a line of a trace to what of it is looked for. A trace may hold anything.
 */
import type { TraceKind, TraceRecord } from '../../trace/record.js';
import { stateText } from './states.js';

export const kinds = [
  'node',
  'actor',
  'event',
  'transition',
  'timer',
  'stopped',
  'sent',
  'received',
  'refused',
  'published',
  'raised',
  'delivered',
  'line',
  'lost',
  'fault',
  'dropped',
  'counters',
] as const satisfies readonly TraceKind[];

/** Place of a kind among {@link kinds}. */
export const kindNumbers = new Map<string, number>(kinds.map((kind, number) => [kind, number]));

/** The record of a line; undefined if it is none of version 1. */
export function parse(line: string): TraceRecord | undefined {
  let record: TraceRecord;
  try {
    record = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof record !== 'object' || record === null) return undefined;
  const { version, node, id, sequence, wall, monotonic, kind, data } = record;
  const isWhole =
    version === 1 &&
    typeof node === 'string' &&
    typeof id === 'string' &&
    typeof kind === 'string' &&
    [sequence, wall, monotonic].every(Number.isFinite) &&
    typeof data === 'object' &&
    data !== null;
  return isWhole ? record : undefined;
}

export interface Told {
  readonly actor?: string;
  readonly label: string;
  readonly state?: string;
  readonly taken?: string;
}

/** What of a record goes into columns. */
export function tellOf({ kind, data }: TraceRecord): Told {
  switch (kind) {
    case 'actor':
      return { actor: word(data.actor), label: '', state: stateText(data.state) };
    case 'event':
      return { actor: word(data.actor), label: word(data.event?.type) };
    case 'transition': {
      const taken = Array.isArray(data.transitions) ? data.transitions.map(word).join('\n') : '';
      return { actor: word(data.actor), label: word(data.event), state: stateText(data.to), taken };
    }
    case 'timer':
      return { actor: word(data.actor), label: word(data.event) };
    case 'stopped':
      return {
        actor: word(data.actor),
        label: data.error === undefined ? '' : word(data.error),
        state: stateText(data.state),
      };
    case 'sent':
    case 'received':
      return data.peer === ''
        ? { label: word(data.frame) }
        : { actor: `peering ${word(data.peer)}`, label: word(data.frame) };
    case 'refused':
      return { label: word(data.reason) };
    case 'lost':
      return { actor: `peering ${word(data.peer)}`, label: word(data.reason) };
    case 'published':
    case 'raised':
    case 'delivered':
      return { label: word(data.event) };
    case 'line':
      return { label: word(data.level) };
    case 'fault':
      return { label: word(data.fault) };
    default:
      return { label: '' };
  }
}

/** What should be a text is made one. */
export function word(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : String(value);
}
