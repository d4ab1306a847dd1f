/**
 * What log streams are compared with: JSON lines appended to a file of the process itself, in three ways. None of them has a
 * copy elsewhere, an acknowledgement, or a check of the record.
 */

import { once } from 'node:events';
import { appendFileSync, createWriteStream } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineRole } from '../harness/role.js';
import { rateOf, recordOf } from './log-records.js';

/** Records that leave together, as in a batch of a log stream. */
const together = 400;

export const bareAppends = defineRole(import.meta.url, 'bareAppends', async (directory: string) => {
  const line = (n: number) => `${JSON.stringify(recordOf(n))}\n`;
  return {
    stream: (records: number) =>
      rateOf(records, async () => {
        const stream = createWriteStream(join(directory, 'stream.log'), { flags: 'a' });
        for (let n = 0; n < records; n++) if (!stream.write(line(n))) await once(stream, 'drain');
        stream.end();
        await once(stream, 'close');
      }),
    batches: (records: number) =>
      rateOf(records, async () => {
        for (let n = 0; n < records; n += together) {
          let lines = '';
          for (let i = n; i < Math.min(n + together, records); i++) lines += line(i);
          await appendFile(join(directory, 'batches.log'), lines);
        }
      }),
    each: (records: number) =>
      rateOf(records, async () => {
        for (let n = 0; n < records; n++) appendFileSync(join(directory, 'each.log'), line(n));
      }),
  };
});
