/**
 * Comparison: whether the replicas of a store hold the same, from what their nodes say at about the same time.
 */
import type { Replica, StoreOverview } from './overview.js';

/**
 * `equal`: it has what the master has. `following`: the master has changed meanwhile, and it has what the master had.
 * `behind`: it has not come so far. `failed`: it cannot be opened. `differs`: after the same mutations it has something else.
 */
export type Verdict = 'equal' | 'following' | 'behind' | 'failed' | 'differs';

export interface Comparison {
  readonly name: string;
  /** The worst of all replicas. */
  readonly verdict: Verdict;
  readonly replicas: readonly (Replica & { readonly verdict: Verdict })[];
  /** A later look may find more. */
  readonly isOpen: boolean;
  /** What the master had when it was looked at first. */
  readonly since: Since;
}

type Since = Pick<Replica, 'epoch' | 'sequence'>;

const badness: readonly Verdict[] = ['equal', 'following', 'behind', 'failed', 'differs'];

/** @param before - What an earlier look has found. */
export function compare({ name, replicas }: StoreOverview, before?: Comparison): Comparison {
  // Without its master, the one that has come farthest.
  const byProgress = [...replicas].sort((a, b) => (b.sequence ?? -1) - (a.sequence ?? -1));
  const original = replicas.find(({ role }) => role === 'master') ?? (byProgress[0] as Replica);
  const since = before?.since.epoch === original.epoch ? before.since : original;
  const judged = replicas.map((replica) => ({ ...replica, verdict: verdictOf(replica, original, since) }));
  const verdict = badness.findLast((one) => judged.some((replica) => replica.verdict === one)) ?? 'equal';
  const isOpen = verdict === 'following' || verdict === 'behind';
  return { name, verdict, replicas: judged, isOpen, since: { epoch: since.epoch, sequence: since.sequence } };
}

function verdictOf(replica: Replica, original: Replica, since: Since): Verdict {
  if (replica.state === 'failed') return 'failed';
  if (replica.sequence === null || replica.epoch !== original.epoch) return 'behind';
  if (replica.sequence === original.sequence) {
    return replica.digest === original.digest && replica.size === original.size ? 'equal' : 'differs';
  }
  return replica.sequence > (since.sequence ?? 0) ? 'following' : 'behind';
}
