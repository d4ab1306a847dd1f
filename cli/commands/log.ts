/**
 * `muster log`: the last records of a log of this machine, and those that come, from the files of its nodes.
 */
import type { LogFormatName } from '../../logs/format.js';
import { exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import { Archive } from '../logs/archive.js';
import { Follower } from '../logs/follow.js';
import { RecordOutput } from '../logs/output.js';

export interface LogCommand {
  readonly layout?: string;
  readonly stateDir?: string;
  readonly format: LogFormatName;
  readonly lines: number;
  readonly follow?: boolean;
}

/** With `follow`, until a signal comes or nobody reads any more. @throws {@link MusterError} `MUSTER_LOG_STREAM_UNKNOWN` */
export async function log(
  stream: string,
  { layout, stateDir, format, lines, follow = false }: LogCommand,
): Promise<number> {
  const archive = new Archive(await findStateDir(stateDir, layout));
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort());
  const output = new RecordOutput(format);
  try {
    const follower = new Follower(archive, await archive.pathOf(stream));
    for (const record of await follower.last(lines)) await output.write(record);
    await output.flush();
    while (follow && !ending.signal.aborted && !output.isUnread) {
      await follower.pause(ending.signal);
      for (const record of await follower.look()) await output.write(record);
      await output.flush();
    }
    return exitCodes.ok;
  } finally {
    await archive.close();
  }
}
