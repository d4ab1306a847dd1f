/**
 * `muster stop`: asks the running supervisor to end, and waits until it has; where none runs, asks the nodes.
 */
import type { ControlCommand } from '../control/command.js';
import { askIfThere, askStop } from '../control-client.js';
import { exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import { printJson, printLine } from '../print.js';

export interface StopCommand extends Omit<ControlCommand, 'timeout'> {
  /** In ms; what has not ended by then is killed. */
  readonly timeout?: number;
}

/** How long nodes may take where no supervisor watches over them, in ms. */
const standardTimeout = 30_000;

/** @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT`, `MUSTER_CONTROL_NOT_FREE` */
export async function stop({ timeout, ...command }: StopCommand): Promise<number> {
  const { layout, stateDir, json = false } = command;
  const directory = await findStateDir(stateDir, layout);
  const killed = await askIfThere(() => askStop(directory, timeout));
  if (killed === undefined) {
    return (await import('./control-status.js')).controlStop({ ...command, timeout: timeout ?? standardTimeout });
  }
  if (json) printJson({ type: 'stopped', killed });
  else printLine(killed.length === 0 ? 'stopped' : `stopped; these had to be killed: ${killed.join(', ')}`);
  return exitCodes.ok;
}
