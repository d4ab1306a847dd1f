/**
 * `muster peers`, `config`, `history`, `log-level`: what nodes say when they are asked.
 */
import type { Transition } from '../../actors/control/history.js';
import type { ControlAnswer, ControlKind, ControlRequest } from '../../actors/control/messages.js';
import { resolveOptions } from '../../layout/resolve-options.js';
import type { DiagnosticsLevel } from '../../logs/diagnostics.js';
import { asked, type ControlCommand, tellAbsent, withRoute } from '../control/command.js';
import { printJson, printLine } from '../print.js';
import { toJson } from '../stores/notation.js';
import { alignColumns, timeOf } from '../words.js';

export function peers(nodes: readonly string[], command: ControlCommand): Promise<number> {
  return askNodes({ kind: 'peers' }, nodes, command, 'peers', (answers) => {
    const title = ['NODE', 'PEER', 'TYPE', 'STATE', 'SINCE', 'OUT', 'IN', 'WAITING', 'LOST', 'CONNECTIONS'];
    const rows = Object.entries(answers).flatMap(([node, infos]) =>
      infos.map(({ name, type, state, since, counters }) => {
        const lost = Object.values(counters.lost).reduce((sum, count) => sum + count, 0);
        const { eventsOut, eventsIn, unacknowledged, connections } = counters;
        const counts = [eventsOut, eventsIn, unacknowledged, lost, connections].map(String);
        return [node, name, type, state, timeOf(since), ...counts];
      }),
    );
    printTable([title, ...rows]);
  });
}

/** Options that are not as they are by default are marked. */
export function config(nodes: readonly string[], command: ControlCommand): Promise<number> {
  return askNodes({ kind: 'options' }, nodes, command, 'options', (answers) => {
    const usual = resolveOptions({}, {}) as unknown as Record<string, unknown>;
    for (const [node, options] of Object.entries(answers)) {
      printLine(`${node}:`);
      for (const [name, value] of Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))) {
        const text = JSON.stringify(toJson(value));
        printLine(`${text === JSON.stringify(toJson(usual[name])) ? ' ' : '*'} ${name} = ${text}`);
      }
    }
  });
}

export function history(nodes: readonly string[], command: ControlCommand): Promise<number> {
  return askNodes({ kind: 'history' }, nodes, command, 'transitions', (answers) => {
    const all = Object.entries(answers).flatMap(([node, list]) => list.map((one) => ({ node, ...one })));
    all.sort((a, b) => a.at - b.at);
    const title = ['TIME', 'NODE', 'MACHINE', 'FROM', 'TO'];
    printTable([title, ...all.map(rowOf)]);
  });
}

/** @param level sets it; absent: shows it */
export function logLevel(
  level: DiagnosticsLevel | undefined,
  nodes: readonly string[],
  command: ControlCommand,
): Promise<number> {
  const request = { kind: 'logLevel', ...(level !== undefined && { level }) } as const;
  return askNodes(request, nodes, command, 'level', (answers) => {
    printTable([['NODE', 'LEVEL'], ...Object.entries(answers)]);
  });
}

/** Asks, prints what was answered, and tells who did not. `--json`: an object per node, the answer as `field`. */
function askNodes<K extends ControlKind>(
  request: ControlRequest<K>,
  nodes: readonly string[],
  command: ControlCommand,
  field: string,
  print: (answers: Readonly<Record<string, ControlAnswer<K>>>) => void,
): Promise<number> {
  const { json = false } = command;
  return withRoute(command, async (route, remaining) => {
    const { answers, absent } = await route.ask(request, { ...asked(nodes), timeout: remaining() });
    if (json) {
      for (const [node, answer] of Object.entries(answers)) {
        printJson({ type: field, node, [field]: toJson(answer) });
      }
    } else if (Object.keys(answers).length > 0) {
      print(answers);
    }
    return tellAbsent(absent, json);
  });
}

function rowOf({ at, node, machine, from, to }: Transition & { readonly node: string }): string[] {
  return [new Date(at).toISOString(), node, machine, from || '-', to];
}

function printTable(rows: readonly (readonly string[])[]): void {
  for (const row of alignColumns(rows)) printLine(row.join('  ').trimEnd());
}
