/**
 * `muster logs cat`: all records of a log that nodes of this machine have kept, each once, merged.
 */
import type { LogFormatName } from '../../logs/format.js';
import { exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import { Archive } from '../logs/archive.js';
import { merge } from '../logs/merge.js';
import { RecordOutput } from '../logs/output.js';

export interface CatCommand {
  readonly layout?: string;
  readonly stateDir?: string;
  readonly format: LogFormatName;
}

/** @throws {@link MusterError} `MUSTER_LOG_STREAM_UNKNOWN` */
export async function cat(stream: string, { layout, stateDir, format }: CatCommand): Promise<number> {
  const archive = new Archive(await findStateDir(stateDir, layout));
  const output = new RecordOutput(format);
  try {
    const batches = await archive.batchesOf(await archive.pathOf(stream));
    for await (const record of merge(archive, batches)) {
      if (output.isUnread) break;
      await output.write(record);
    }
    await output.end();
    return exitCodes.ok;
  } finally {
    await archive.close();
  }
}
