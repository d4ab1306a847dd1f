/**
 * `muster events`: watches the events that nodes publish, sampled and bounded.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample, SeenEvent } from '../../actors/control/messages.js';
import { type ControlCommand, tellAbsent, withRoute } from '../control/command.js';
import { exitCodes } from '../exit-codes.js';
import { printJson, printLine, printNews } from '../print.js';
import { onSignals } from '../signals.js';
import { toJson } from '../stores/notation.js';

export interface EventsCommand extends ControlCommand {
  /** Until a signal ends it; else for `timeout` ms. */
  readonly follow?: boolean;
  /** Shows only topics that begin so. */
  readonly topic?: string;
}

/** A node shows events for so long after it was asked to, in ms; it is asked again in good time. */
const lease = 5_000;
const renewal = 2_000;

export function events({ follow = false, topic = '', ...command }: EventsCommand): Promise<number> {
  const { json = false, timeout } = command;
  const ended = new AbortController();
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => ended.abort());
  const end = () => ended.abort();
  onSignals(end, () => process.exit(exitCodes.failed), end);
  return withRoute(command, async (route, remaining) => {
    const watch = randomUUID();
    route.onSample((node, of, sample) => {
      if (of === watch && !ended.signal.aborted) show(node, sample, json);
    });
    void route.broken.then(() => ended.abort());
    const ask = (duration: number) => {
      const request = { kind: 'watch', watch, topic, lease: duration } as const;
      return route.ask<'watch'>(request, { timeout: Math.min(renewal, timeout) });
    };
    const { answers, absent } = await ask(lease);
    const code = tellAbsent(absent, json);
    if (!json) printNews(`watching ${Object.keys(answers).length} nodes through ${route.via}`);
    if (!follow) setTimeout(() => ended.abort(), remaining()).unref();
    while (!ended.signal.aborted) {
      await sleep(renewal, undefined, { signal: ended.signal, ref: true }).catch(() => {});
      // Who has come back since is watched again.
      if (!ended.signal.aborted) void ask(lease);
    }
    await ask(0);
    return code;
  });
}

function show(node: string, { events, skipped }: Sample, json: boolean): void {
  for (const seen of events) {
    if (json) printJson({ type: 'event', node, ...seen, ...(seen.args && { args: seen.args.map(toJson) }) });
    else printLine(lineOf(node, seen));
  }
  if (skipped === 0) return;
  if (json) printJson({ type: 'skipped', node, count: skipped });
  else printNews(`${node} has published ${skipped} more`);
}

function lineOf(node: string, { at, topic, event, size, args }: SeenEvent): string {
  const shown =
    args === undefined ? `(${size} bytes)` : `(${args.map((arg) => JSON.stringify(toJson(arg))).join(', ')})`;
  return `${new Date(at).toISOString()}  ${node}  ${topic}  ${event}${shown}`;
}
