/**
 * `muster inspect`: serves the inspector's page, for a running cluster or a recorded trace, until it is interrupted.
 */
import { findStateDir } from '../find-state-dir.js';
import { openLiveFeed } from '../inspector/live-feed.js';
import { openPageServer } from '../inspector/page-server.js';
import { openRecording } from '../inspector/recording.js';
import { printJson, printLine } from '../print.js';

export interface InspectCommand {
  /** A file; default: what happens now. */
  readonly trace?: string;
  readonly layout?: string;
  readonly stateDir?: string;
  readonly json?: boolean;
}

/** @throws {@link MusterError} `MUSTER_TRACE_UNREADABLE`, `MUSTER_SUPERVISOR_ABSENT`, `MUSTER_LISTEN_FAILED` */
export async function inspect({ trace, layout, stateDir, json = false }: InspectCommand): Promise<undefined> {
  const feed =
    trace === undefined ? await openLiveFeed(await findStateDir(stateDir, layout)) : await openRecording(trace);
  const { url } = await openPageServer(feed);
  if (json) printJson({ type: 'inspector', url });
  else printLine(url);
}
