/**
 * Format: times, numbers and records in the words of the page.
 */
import type { TraceRecord } from '../../trace/record.js';
import { delayOfTimer } from '../model/instant.js';
import { stateText } from '../model/states.js';

/** A duration in ms: `820 µs`, `1.25 ms`, `3.07 s`, `2 m 05 s`. */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1) return `${Math.round(ms * 1_000)} µs`;
  if (size < 1_000) return `${ms.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0)} ms`;
  if (size < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1_000);
  if (size < 3_600_000) return `${Math.trunc(seconds / 60)} m ${pad(Math.abs(seconds % 60))} s`;
  return `${Math.trunc(seconds / 3_600)} h ${pad(Math.abs(Math.trunc(seconds / 60) % 60))} m`;
}

/** Since the trace began: `+1.250 s`. */
export function since(ms: number): string {
  return `${ms < 0 ? '−' : '+'}${(Math.abs(ms) / 1_000).toFixed(3)} s`;
}

/** In this place's time: `14:02:31.250`. */
export function clock(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  return `${[date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':')}.${`${date.getMilliseconds()}`.padStart(3, '0')}`;
}

/** `12,345`; from a million on `1.23 M`. */
export function count(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  return Math.round(value).toLocaleString('en');
}

/** `940`, `12.4 k`, `3.1 M`. */
export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  return value >= 10 || value === Math.round(value) ? `${Math.round(value)}` : value.toFixed(1);
}

function pad(value: number): string {
  return `${value}`.padStart(2, '0');
}

/** A record in one line. */
export function summary({ kind, data }: TraceRecord): string {
  switch (kind) {
    case 'node':
      return `is a ${data.nodeType}; connects to ${list(data.initiates)}; is called by ${list(data.accepts)}`;
    case 'actor':
      return `${data.actor} is ${stateText(data.state)}`;
    case 'event':
      return `${data.actor} ← ${data.event?.type}${detail(data.event)}`;
    case 'transition':
      return `${data.actor}: ${stateText(data.from)} → ${stateText(data.to)}  on ${data.event}`;
    case 'timer':
      return `${data.actor}: ${delayOfTimer(String(data.event))} in ${duration(Number(data.delay))}`;
    case 'stopped':
      return `${data.actor} ended in ${stateText(data.state)}${data.error === undefined ? '' : `: ${data.error}`}`;
    case 'sent':
      return `${data.frame}${range(data)} → ${data.peer}`;
    case 'received':
      return `${data.frame}${range(data)} ← ${data.peer}`;
    case 'refused':
      return `hello of ${data.from}: ${data.reason}`;
    case 'published':
      return `${data.event} to ${data.topic} (${list(data.peers)})`;
    case 'raised':
      return `${data.event}`;
    case 'delivered':
      return `${data.event} from ${data.from}`;
    case 'line':
      return `${data.message}`;
    case 'lost':
      return `${data.count} events with ${data.peer}: ${data.reason}`;
    case 'fault':
      return `${data.fault} ${list(data.args)}`;
    case 'dropped':
      return `${data.count} records before this one are missing`;
    case 'counters':
      return `of ${Object.keys(data.peers ?? {}).length} peers`;
  }
}

function list(values: unknown): string {
  if (!Array.isArray(values)) return '';
  return values.length === 0 ? 'nobody' : values.map(String).join(', ');
}

function range({ first, count }: { readonly first?: number; readonly count?: number }): string {
  if (first === undefined) return '';
  return count === undefined || count <= 1 ? ` ${first}` : ` ${first}–${first + count - 1}`;
}

/** The fields of an event besides its type, if they are few. */
function detail(event: object | undefined): string {
  const fields = Object.entries(event ?? {}).filter(([name]) => name !== 'type');
  if (fields.length === 0) return '';
  const text = fields.map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return `  ${text.join(', ').slice(0, 200)}`;
}
