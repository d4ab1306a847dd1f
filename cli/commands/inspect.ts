/**
 * `muster inspect`: serves the inspector's page, for a running cluster or a recorded trace, until it is interrupted.
 */
import { exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import { openLiveFeed } from '../inspector/live-feed.js';
import { openPageServer } from '../inspector/page-server.js';
import { printStately } from '../inspector/print-stately.js';
import { openRecording } from '../inspector/recording.js';
import { printJson, printLine } from '../print.js';

export interface InspectCommand {
  /** A file; default: what happens now. */
  readonly trace?: string;
  readonly layout?: string;
  readonly stateDir?: string;
  readonly json?: boolean;
  /** Prints the trace for other tools, and serves nothing. */
  readonly stately?: boolean;
}

/** @throws {@link MusterError} `MUSTER_TRACE_UNREADABLE`, `MUSTER_SUPERVISOR_ABSENT`, `MUSTER_LISTEN_FAILED` */
export async function inspect(command: InspectCommand): Promise<number | undefined> {
  const { trace, layout, stateDir, json = false, stately = false } = command;
  if (stately && trace !== undefined) {
    await printStately(trace);
    return exitCodes.ok;
  }
  const feed =
    trace === undefined ? await openLiveFeed(await findStateDir(stateDir, layout)) : await openRecording(trace);
  const { url } = await openPageServer(feed);
  if (json) printJson({ type: 'inspector', url });
  else printLine(url);
  return undefined;
}
