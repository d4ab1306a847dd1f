/**
 * Recording: a trace file, for a page.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { MusterError, messageOf } from '../../errors.js';
import type { TraceFeed } from './page-server.js';

/** @throws {@link MusterError} `MUSTER_TRACE_UNREADABLE` */
export async function openRecording(file: string): Promise<TraceFeed> {
  const unreadable = (why: string) =>
    new MusterError('MUSTER_TRACE_UNREADABLE', `cannot read the trace ${file}: ${why}`);
  const found = await stat(file).catch((error) => {
    throw unreadable(messageOf(error));
  });
  if (!found.isFile()) throw unreadable('it is no file');
  return {
    kind: 'recording',
    name: basename(file),
    size: found.size,
    // A page that goes away is no mistake.
    stream: (response) => pipeline(createReadStream(file), response, () => {}),
  };
}
