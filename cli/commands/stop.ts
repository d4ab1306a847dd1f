/**
 * `muster stop`: asks the running supervisor to end, and waits until it has.
 */
import { askStop } from '../control-client.js';
import { exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import { printJson, printLine } from '../print.js';

export interface StopCommand {
  readonly layout?: string;
  readonly stateDir?: string;
  /** In ms; what has not ended by then is killed. */
  readonly timeout?: number;
  readonly json?: boolean;
}

/** @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT` */
export async function stop({ layout, stateDir, timeout, json = false }: StopCommand): Promise<number> {
  const killed = await askStop(await findStateDir(stateDir, layout), timeout);
  if (json) printJson({ type: 'stopped', killed });
  else printLine(killed.length === 0 ? 'stopped' : `stopped; these had to be killed: ${killed.join(', ')}`);
  return exitCodes.ok;
}
