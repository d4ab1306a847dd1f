/**
 * `muster status`: asks the running supervisor how its nodes are; where none runs, the nodes.
 */
import type { ControlCommand } from '../control/command.js';
import { askIfThere, askStatus } from '../control-client.js';
import { exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import type { ClusterStatus, NodeStatus } from '../messages.js';
import { printJson, printLine } from '../print.js';
import { alignColumns, colourState, peersOf, timeOf } from '../words.js';

/** @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT`, `MUSTER_CONTROL_NOT_FREE` */
export async function status(command: ControlCommand): Promise<number> {
  const { layout, stateDir, json = false } = command;
  const directory = await findStateDir(stateDir, layout);
  const cluster = await askIfThere(() => askStatus(directory, command.timeout));
  if (cluster === undefined) return (await import('./control-status.js')).controlStatus(command);
  if (json) printJson({ type: 'status', ...cluster });
  else show(cluster);
  return cluster.nodes.every(({ state }) => state === 'ready') ? exitCodes.ok : exitCodes.failed;
}

function show({ nodes }: ClusterStatus): void {
  const title = ['NODE', 'TYPE', 'ADDRESS', 'STATE', 'PID', 'SINCE', 'PEERS', 'RESTARTS'];
  const [head = [], ...rows] = alignColumns([title, ...nodes.map(rowOf)]);
  printLine(head.join('  ').trimEnd());
  rows.forEach((row, i) => {
    const node = nodes[i] as NodeStatus;
    if (process.stdout.isTTY) row[3] = colourState(node.state, row[3] ?? '');
    printLine(row.join('  ').trimEnd());
  });
  for (const node of nodes) showLastExit(node);
}

function rowOf(node: NodeStatus): string[] {
  const { name, nodeType, address, state, pid, since, restarts } = node;
  return [name, nodeType, address ?? '-', state, `${pid ?? '-'}`, timeOf(since), peersOf(node), `${restarts}`];
}

/** Why a node is dead, or had to be restarted, and what it said last. */
function showLastExit({ name, lastExit, state }: NodeStatus): void {
  if (lastExit === null) return;
  printLine(`\n${name}: ${lastExit.reason}, at ${timeOf(lastExit.at)}`);
  if (state === 'ready') return;
  for (const { line } of lastExit.output) printLine(`  ${name} | ${line}`);
}
