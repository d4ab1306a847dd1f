/**
 * Cluster log: the log stream of a node's own story.
 */
import type { ClusterLogRecord } from '../../layout/options.js';
import { type ClusterLog, clusterLogColumns, clusterLogId } from '../../logs/cluster-log.js';
import type { NodeCore } from '../node-core.js';
import type { NodeSetup } from '../node-setup.js';
import type { LogStreams } from './log-streams.js';

/** @param told is told each message, too */
export function createClusterLog(core: NodeCore, logs: LogStreams, told: NodeSetup['clusterLogged']): ClusterLog {
  const { name, runtime, options, tracer } = core;
  const { logPolicy } = options;
  const stream = logs.create(clusterLogId, {
    columns: clusterLogColumns,
    policy: logPolicy && ((record) => logPolicy(record as unknown as ClusterLogRecord)),
  });
  return {
    log(message) {
      if (stream.isClosed) return;
      tracer.record('line', { level: 'log', message: String(message) });
      stream.write({ ts: runtime.now(), node: name, message: String(message) });
      told?.(message);
    },
  };
}
