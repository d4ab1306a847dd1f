/**
 * `muster status` and `muster stop` where no supervisor runs: through a control node of the layout.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MusterError } from '../../errors.js';
import { answerOf, type ControlCommand, tellAbsent, withRoute } from '../control/command.js';
import type { Route } from '../control/route.js';
import { exitCodes } from '../exit-codes.js';
import { printJson, printLine } from '../print.js';
import { stagesOf } from '../stages.js';
import { alignColumns } from '../words.js';

/** How often it is looked whether nodes are gone, in ms. */
const pause = 50;

/** @returns the exit code: 0 if every node is ready */
export function controlStatus(command: ControlCommand): Promise<number> {
  const { json = false } = command;
  return withRoute(command, async (route, remaining) => {
    const { answers, absent } = await route.ask<'status'>({ kind: 'status' }, { timeout: remaining() });
    const nodes = route.nodes.map((node) => {
      const report = answers[node.name];
      const { traffic: _, process, ...known } = report ?? { id: null, state: 'absent', traffic: null, process: null };
      return { ...node, ...known, pid: process?.pid ?? null, versions: process?.versions ?? null };
    });
    if (json) printJson({ type: 'status', via: route.via, nodes });
    else {
      const title = ['NODE', 'TYPE', 'ADDRESS', 'STATE', 'PID', 'UP', 'PEERS'];
      const rows = nodes.map(({ name, nodeType, address, state, pid }) => {
        const { uptime, peersUp, peersExpected } = answers[name] ?? {};
        const up = uptime === undefined ? '-' : durationOf(uptime);
        const peers = peersUp === undefined ? '-' : `${peersUp}/${peersExpected}`;
        return [name, nodeType, address ?? '-', state, `${pid ?? '-'}`, up, peers];
      });
      for (const row of alignColumns([title, ...rows])) printLine(row.join('  ').trimEnd());
    }
    tellAbsent(absent, json);
    return nodes.every(({ state }) => state === 'ready') ? exitCodes.ok : exitCodes.failed;
  });
}

/** Asks all nodes to leave, workers first, each stage when the one before is gone. */
export function controlStop(command: ControlCommand): Promise<number> {
  const { json = false, timeout } = command;
  return withRoute(command, async (route, remaining) => {
    const byName = Object.fromEntries(route.nodes.map((node) => [node.name, node]));
    const stages = stagesOf(byName, Object.keys(byName)).reverse();
    const stopped: string[] = [];
    const absent: Record<string, MusterError> = {};
    for (const stage of stages) {
      const asked = await route.ask<'shutDown'>({ kind: 'shutDown' }, { nodes: stage, timeout: share(remaining()) });
      Object.assign(absent, asked.absent);
      const left = await gone(route, Object.keys(asked.answers), remaining);
      for (const name of Object.keys(asked.answers)) {
        if (left.has(name)) stopped.push(name);
        else absent[name] = new MusterError('MUSTER_CONTROL_TIMEOUT', `${name} has not left within ${timeout} ms`);
      }
    }
    if (json) printJson({ type: 'stopped', via: route.via, nodes: stopped });
    else printLine(stopped.length === 0 ? 'no node was stopped' : `stopped ${stopped.join(', ')}`);
    return tellAbsent(absent, json);
  });
}

/** One that hangs must not use up the time of those that are stopped after it. */
const share = (remaining: number): number => Math.ceil(remaining / 3);

/** Those of `names` that are not connected any more, once all are, or time is over. */
async function gone(route: Route, names: readonly string[], remaining: () => number): Promise<Set<string>> {
  const left = new Set<string>();
  while (left.size < names.length && remaining() > 1) {
    const still = names.filter((name) => !left.has(name));
    const report = await route.ask<'status'>(
      { kind: 'status' },
      { nodes: still, timeout: Math.min(1_000, remaining()) },
    );
    for (const name of still) if (isGone(() => answerOf(report, name))) left.add(name);
    if (left.size < names.length) await sleep(Math.min(pause, remaining()));
  }
  return left;
}

function isGone(ask: () => unknown): boolean {
  try {
    ask();
    return false;
  } catch (error) {
    return error instanceof MusterError && error.code === 'MUSTER_CONTROL_UNREACHABLE';
  }
}

/** `3 d 4 h`, `5 h 6 min`, `7 min 8 s`, `9 s`. */
function durationOf(ms: number): string {
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const seconds = Math.floor(ms / 1_000);
  const first = units.findIndex(([size]) => seconds >= size);
  if (first === -1) return '0 s';
  let rest = seconds;
  const parts = units.slice(first, first + 2).map(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count} ${unit}`;
  });
  return parts.filter((part) => part !== '').join(' ');
}
