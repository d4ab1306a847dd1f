/**
 * The cluster log: what happened to this node and its peers, in Zeek's words (`Cluster::log`, `Cluster::Info`).
 * Decides what a record is and whether the user's policy lets it pass; where it goes is the log file's business.
 */
import { messageOf } from '../errors.js';
import type { ClusterLogRecord } from '../layout/options.js';
import type { Runtime } from '../runtime.js';
import type { Diagnostics } from './diagnostics.js';
import type { Column } from './format.js';
import type { LogFile } from './log-file.js';

/** The columns of `cluster.log`, as `Cluster::Info` has them. */
export const clusterLogColumns: readonly Column[] = [
  { name: 'ts', type: 'time' },
  { name: 'node', type: 'string' },
  { name: 'message', type: 'string' },
];

export interface ClusterLogSetup {
  /** Name of the node that writes. */
  readonly node: string;
  /** Stays the caller's, who closes it after the last message. */
  readonly logFile: Pick<LogFile, 'write'>;
  /** {@link Options.logPolicy} */
  readonly policy: ((record: ClusterLogRecord) => unknown) | undefined;
  readonly runtime: Pick<Runtime, 'now'>;
  readonly diagnostics: Pick<Diagnostics, 'error'>;
}

export interface ClusterLog {
  /** Writes one record, newlines and all, unless the policy says `false`. Never throws, never waits. */
  log(message: string): void;
}

export function createClusterLog({ node, logFile, policy, runtime, diagnostics }: ClusterLogSetup): ClusterLog {
  let isDeciding = false;
  let hasFailed = false;

  /** A broken policy is told once: it would fail for every record. */
  function policyFailed(thrown: unknown): void {
    if (hasFailed) return;
    hasFailed = true;
    diagnostics.error(`logPolicy threw, so its records pass; told once: ${messageOf(thrown)}`, { error: thrown });
  }

  function passes(record: ClusterLogRecord): boolean {
    // What a policy logs itself passes unasked, or it would be asked about that for ever.
    if (policy === undefined || isDeciding) return true;
    isDeciding = true;
    try {
      const verdict = policy(record);
      if (verdict instanceof Promise) verdict.catch(policyFailed);
      return verdict !== false;
    } catch (thrown) {
      policyFailed(thrown);
      return true;
    } finally {
      isDeciding = false;
    }
  }

  return {
    log(message) {
      const record: ClusterLogRecord = Object.freeze({ ts: runtime.now(), node, message: String(message) });
      if (passes(record)) logFile.write({ ...record });
    },
  };
}
