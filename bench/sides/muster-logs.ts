/**
 * A log stream: a logger in a process of its own, and a writer whose records it keeps; or a node outside a cluster, which
 * keeps its own.
 */
import { joinCluster, type LayoutDefinition } from '../../index.js';
import { defineRole } from '../harness/role.js';
import { rateOf, recordOf } from './log-records.js';

export interface LogInput {
  readonly layout: LayoutDefinition;
  readonly stateDir: string;
  /** Absent: outside a cluster. */
  readonly name?: string;
}

export const logNode = defineRole(import.meta.url, 'logNode', async ({ layout, stateDir, name }: LogInput) => {
  const options = { stateDir, logLevel: 'warn', retryInterval: 50 } as const;
  const node = await joinCluster({ options, ...(name !== undefined && { layout, name }) });
  const stream = node.createLogStream('Bench::LOG', {
    columns: { ts: 'time', client: 'addr', port: 'port', path: 'string', took: 'interval' },
  });
  return {
    ready: () => node.ready(),
    write: (records: number) =>
      rateOf(records, async () => {
        for (let n = 0; n < records; n++) if (!stream.write(recordOf(n))) await stream.drained();
        await stream.flush();
      }),
    close: () => node.leave(),
  };
});
