/**
 * `muster reload`: has the running supervisor go on in another layout, or tells what that would change.
 */
import { resolve } from 'node:path';
import { isEmpty, showDifference } from '../../layout/difference.js';
import { askReload, type Reloading } from '../control-client.js';
import { exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import { printJson, printLine, printNews, printWarning } from '../print.js';

export interface ReloadCommand {
  /** Default: the one that the supervisor has. */
  readonly layout?: string;
  readonly stateDir?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT`, and what is wrong with the layout. */
export async function reload({ layout, stateDir, dryRun = false, json = false }: ReloadCommand): Promise<number> {
  const directory = await findStateDir(stateDir, layout);
  const source = layout === undefined ? undefined : resolve(layout);
  const outcome = await askReload(directory, { layout: source, dryRun }, (plan) => {
    if (json) printJson(plan);
    else show(plan);
  });
  if (outcome === undefined) return exitCodes.ok;
  const { failed, late } = outcome;
  if (json) printJson(outcome);
  else {
    for (const [name, why] of Object.entries(failed)) printNews(`muster: ${name}: ${why}`);
    for (const name of late) printNews(`muster: ${name} has not answered or listened in time; it still may`);
  }
  if (Object.keys(failed).length > 0) return exitCodes.failed;
  return late.length > 0 ? exitCodes.absent : exitCodes.ok;
}

function show({ difference, warnings }: Reloading): void {
  for (const warning of warnings) printWarning(warning);
  if (isEmpty(difference)) printLine('the layout has not changed');
  for (const line of showDifference(difference)) printLine(line);
}
