/** A process that logs to the directory it is given, and tells its parent which record was flushed last, until it is killed. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { clusterLogColumns } from '../../logs/cluster-log.js';
import { openLogFile } from '../../logs/log-file.js';
import { systemRuntime } from '../../runtime.js';

const file = await openLogFile({
  directory: process.argv[2] as string,
  name: 'cluster',
  format: 'json',
  columns: clusterLogColumns,
  runtime: systemRuntime,
  onError: (message) => {
    throw new Error(message);
  },
});
for (let i = 0; ; i++) {
  file.write({ ts: i, node: 'n', message: `record ${i} ${'x'.repeat(100)}` });
  if (i % 97 === 0) await nextTurn();
  if (i % 1_000 === 0) {
    await file.flush();
    process.send?.(i);
  }
}
