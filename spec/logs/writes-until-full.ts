/** A process that logs more than its files may hold, says when it is stopped, and goes on to its end when it is told to. */
import { once } from 'node:events';
import { clusterLogColumns } from '../../logs/cluster-log.js';
import { openLogFile } from '../../logs/log-file.js';
import { systemRuntime } from '../../runtime.js';

const file = await openLogFile({
  directory: process.argv[2] as string,
  name: 'cluster',
  format: 'json',
  columns: clusterLogColumns,
  runtime: systemRuntime,
  onError: (message) => process.send?.(message),
});
for (let i = 0; i < 100; i++) file.write({ ts: i, node: 'n', message: `record ${i} ${'x'.repeat(100)}` });
await once(process, 'message');
await file.close();
process.disconnect();
