/**
 * Words: what happens in a cluster, as `muster up` tells it to people.
 */
import { styleText } from 'node:util';
import { showDifference } from '../layout/difference.js';
import type { NodeStatus, SupervisorEvent } from './messages.js';

/** A line for people, and whether it is about something that went wrong. */
export interface Word {
  readonly text: string;
  readonly isBad: boolean;
}

const good = (text: string): Word => ({ text, isBad: false });
const bad = (text: string): Word => ({ text, isBad: true });

/**
 * Nothing for what needs no line, and for output, which speaks for itself.
 * @param areLeaving whether nodes leave just now, so that others lose their peers on purpose
 */
export function wordFor(event: SupervisorEvent, areLeaving: boolean): Word | undefined {
  switch (event.type) {
    case 'state':
      if (event.previous === event.node.state || (areLeaving && event.node.state === 'degraded')) return undefined;
      return wordForState(event.node);
    case 'died':
      return bad(`${event.name}: ${event.reason}; restarts in ${seconds(event.restartDelay)}`);
    case 'failed':
      return bad(`${event.name} could not start: ${event.message}`);
    case 'slow':
      return bad(`${event.name} has not listened for ${seconds(event.after)}: its bootstrap scripts still run`);
    case 'lost':
      return bad(`${event.name}: ${lossOf(event.unacknowledged)}`);
    case 'killed':
      return bad(`${event.name} had not ended: killed`);
    case 'started':
      return good(`cluster started in ${event.seconds.toFixed(1)} s`);
    case 'inspector':
      return good(`inspector: ${event.url}`);
    case 'reloading':
      return good(`layout read again: ${showDifference(event.difference).join(', ') || 'it has not changed'}`);
    case 'stopping':
      return good(`stopping: ${event.reason}`);
    case 'output':
    case 'reloaded':
    case 'ended':
      return undefined;
    default:
      return event satisfies never;
  }
}

function wordForState({ name, state, address, peersUp, peersExpected, restarts }: NodeStatus): Word | undefined {
  switch (state) {
    case 'connecting':
      return good(`${name}: ${address === null ? 'joined' : `listens on ${address}`}${restarts > 0 ? ' again' : ''}`);
    case 'ready':
      return good(`${name}: ready`);
    case 'degraded':
      return bad(`${name}: degraded, ${peersUp} of ${peersExpected} peers up`);
    case 'left':
      return good(`${name}: left`);
    case 'stopped':
      return good(`${name}: stopped`);
    default:
      return undefined;
  }
}

/** `1.5 s`, without needless digits. */
export function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}

/** In this place's time, to the second. */
export function timeOf(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

/** `3/4`; nothing for a node whose peers are not known yet. */
export function peersOf({ peersUp, peersExpected, state }: NodeStatus): string {
  return peersExpected === 0 && state !== 'ready' ? '-' : `${peersUp}/${peersExpected}`;
}

const colours = {
  loading: 'gray',
  starting: 'gray',
  connecting: 'yellow',
  ready: 'green',
  degraded: 'yellow',
  leaving: 'gray',
  restarting: 'red',
  stopping: 'gray',
  killing: 'red',
  left: 'gray',
  failed: 'red',
  stopped: 'gray',
  killed: 'red',
} as const satisfies Record<NodeStatus['state'], string>;

/** A state in its colour, for a terminal. */
export function colourState(state: NodeStatus['state'], text: string): string {
  return styleText(colours[state], text);
}

/** Pads the cells of each column to the width of its widest. */
export function alignColumns(rows: readonly (readonly string[])[]): string[][] {
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)), []);
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)));
}

/** What was not brought home by a node that has left; undefined: nothing. */
export function lossOf(unacknowledged: Readonly<Record<string, number>>): string | undefined {
  const counts = Object.entries(unacknowledged).map(([name, count]) => `${count} by ${name}`);
  return counts.length === 0 ? undefined : `it left with events that were not acknowledged: ${counts.join(', ')}`;
}
