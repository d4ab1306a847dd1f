/**
 * `muster top`: a live table of what nodes take and do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeReport } from '../../actors/control/messages.js';
import type { MusterError } from '../../errors.js';
import { type ControlCommand, withRoute } from '../control/command.js';
import { exitCodes } from '../exit-codes.js';
import { printJson } from '../print.js';
import { onSignals } from '../signals.js';
import { alignColumns } from '../words.js';

export interface TopCommand extends ControlCommand {
  /** Between two tables, in ms. */
  readonly interval: number;
  /** Ends after so many tables. */
  readonly count?: number;
}

/** What a node did between two reports. Per second; of `cpu` parts of one processor, sizes in bytes, times in ms. */
export interface NodeLoad {
  readonly name: string;
  readonly state: string;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly eventsIn: number;
  readonly eventsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Events that wait for an acknowledgement. */
  readonly unacknowledged: number;
  /** Part of the bounds of the fullest buffer. */
  readonly fill: number;
  /** Events that were lost since it started. */
  readonly lost: number;
  readonly loopDelay: { readonly mean: number; readonly max: number } | null;
}

export function top({ interval, count = Number.POSITIVE_INFINITY, ...command }: TopCommand): Promise<number> {
  const ended = new AbortController();
  process.stdout.on('error', () => ended.abort());
  const end = () => ended.abort();
  onSignals(end, () => process.exit(exitCodes.failed), end);
  return withRoute(command, async (route, remaining) => {
    void route.broken.then(() => ended.abort());
    const look = async (timeout: number) => {
      const { answers, absent } = await route.ask<'status'>({ kind: 'status' }, { timeout });
      return { reports: new Map(Object.entries(answers)), absent };
    };
    let before = await look(remaining());
    for (let shown = 0; shown < count; ) {
      await sleep(interval, undefined, { signal: ended.signal }).catch(() => {});
      if (ended.signal.aborted) break;
      const now = await look(Math.min(interval, command.timeout));
      if (ended.signal.aborted) break;
      const loads = [...now.reports].map(([name, report]) => loadOf(name, report, before.reports.get(name)));
      if (command.json)
        printJson({ type: 'top', ts: Date.now(), via: route.via, nodes: loads, absent: plain(now.absent) });
      else draw(loads, now.absent, route.via);
      // Who is late is compared with what it said last.
      before = { ...now, reports: new Map([...before.reports, ...now.reports]) };
      shown += 1;
    }
    return exitCodes.ok;
  });
}

/** From two reports of the same lifetime; of another one, what has passed since its start. */
export function loadOf(name: string, now: NodeReport, last: NodeReport | undefined): NodeLoad {
  const before = last?.id === now.id ? last : undefined;
  const seconds = (now.uptime - (before?.uptime ?? 0)) / 1_000;
  const rate = (value: number, since: number | undefined) => (seconds > 0 ? (value - (since ?? 0)) / seconds : 0);
  const { traffic, process } = now;
  return {
    name,
    state: now.state,
    cpu: process === null ? null : rate(process.cpu / 1_000, (before?.process?.cpu ?? 0) / 1_000),
    memory: process === null ? null : process.memory.rss,
    eventsIn: rate(traffic.eventsIn, before?.traffic.eventsIn),
    eventsOut: rate(traffic.eventsOut, before?.traffic.eventsOut),
    bytesIn: rate(traffic.bytesIn, before?.traffic.bytesIn),
    bytesOut: rate(traffic.bytesOut, before?.traffic.bytesOut),
    unacknowledged: traffic.unacknowledged,
    fill: traffic.fill,
    lost: traffic.lost,
    loopDelay: process === null ? null : process.loopDelay,
  };
}

function draw(loads: readonly NodeLoad[], absent: Readonly<Record<string, MusterError>>, via: string): void {
  const title = ['NODE', 'STATE', 'CPU', 'MEMORY', 'IN/S', 'OUT/S', 'WAITING', 'BUFFER', 'LOST', 'DELAY', 'MAX'];
  const lines = alignColumns([title, ...loads.map(rowOf)]).map((row) => row.join('  ').trimEnd());
  lines.push(...Object.values(absent).map(({ message }) => message));
  const head = `${loads.length} nodes through ${via}, ${Object.keys(absent).length} absent`;
  const { isTTY, columns, rows } = process.stdout;
  if (!isTTY) process.stdout.write(`${[head, ...lines].join('\n')}\n\n`);
  // Home, and clear what follows; what does not fit would scroll the rest away.
  else process.stdout.write(`\u001b[H\u001b[J${fitted([head, ...lines], columns, rows).join('\n')}\n`);
}

function fitted(lines: readonly string[], columns: number, rows: number): string[] {
  const shown = lines.length < rows ? lines : [...lines.slice(0, rows - 2), `… and ${lines.length - rows + 2} more`];
  return shown.map((line) => line.slice(0, columns));
}

function rowOf(load: NodeLoad): string[] {
  const { name, state, cpu, memory, eventsIn, eventsOut, unacknowledged, fill, lost, loopDelay } = load;
  return [
    name,
    state,
    cpu === null ? '-' : percent(cpu),
    memory === null ? '-' : `${(memory / 2 ** 20).toFixed(0)} MiB`,
    eventsIn.toFixed(0),
    eventsOut.toFixed(0),
    `${unacknowledged}`,
    percent(fill),
    `${lost}`,
    ...(loopDelay === null ? ['-', '-'] : [loopDelay.mean, loopDelay.max].map((ms) => `${ms.toFixed(1)} ms`)),
  ];
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function plain(absent: Readonly<Record<string, MusterError>>): object {
  return Object.fromEntries(Object.entries(absent).map(([name, { code, message }]) => [name, { code, message }]));
}
