/**
 * `muster restart`: has nodes leave and waits until they are back, as new lifetimes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MusterError } from '../../errors.js';
import { type ControlCommand, tellAbsent, withRoute } from '../control/command.js';
import type { Route } from '../control/route.js';
import { printJson, printLine } from '../print.js';

/** How often it is looked whether they are back, in ms. */
const pause = 200;

/** They are started again by who supervises them: `muster up` on their machine. */
export function restart(nodes: readonly string[], command: ControlCommand): Promise<number> {
  const { json = false, timeout } = command;
  return withRoute(command, async (route, remaining) => {
    const before = await idsOf(route, nodes, Math.min(1_000, remaining()));
    const { answers, absent } = await route.restart(nodes, remaining());
    const waiting = new Set(Object.keys(answers));
    while (waiting.size > 0 && remaining() > 1) {
      await sleep(Math.min(pause, remaining()));
      const now = await idsOf(route, [...waiting], Math.min(1_000, remaining()));
      for (const [name, id] of now) {
        if (id === before.get(name)) continue;
        waiting.delete(name);
        if (json) printJson({ type: 'restarted', node: name, id });
        else printLine(`${name}: restarted`);
      }
    }
    const late = [...waiting].map((name): [string, MusterError] => {
      const message = `${name} has left, or is about to, and is not back within ${timeout} ms: does anything restart it?`;
      return [name, new MusterError('MUSTER_CONTROL_TIMEOUT', message)];
    });
    return tellAbsent({ ...absent, ...Object.fromEntries(late) }, json);
  });
}

/** Ids of the lifetimes of those that answer and do not leave. */
async function idsOf(route: Route, nodes: readonly string[], timeout: number): Promise<Map<string, string>> {
  const { answers } = await route.ask<'status'>({ kind: 'status' }, { nodes, timeout });
  const there = Object.entries(answers).filter(([, { state }]) => state !== 'leaving' && state !== 'left');
  return new Map(there.map(([name, { id }]) => [name, id]));
}
