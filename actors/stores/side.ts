/**
 * Side: what a store's handle needs of whatever stands behind it at this node, be it the master or a clone.
 */
import type { Backend, StoreState } from '../../stores/backend.js';
import type { Mutation } from '../../stores/mutation.js';

export interface Side {
  /**
   * Where reads go.
   * @throws {@link MusterError} `MUSTER_STORE_NOT_READY`, `MUSTER_STORE_STALE`, `MUSTER_STORE_CLOSED`
   */
  readonly replica: Pick<Backend, 'get' | 'has' | 'read' | 'ids' | 'scan' | 'state'>;
  /** What it has, also where it must not be read; `undefined` if nothing yet. */
  readonly contents: StoreState | undefined;
  /** Resolves to what the mutation results in, once this node shows it. Sent as `encoded` if it has to travel. */
  mutate(mutation: Mutation, encoded: Uint8Array): Promise<unknown>;
  /** Resolves once everything that was asked for has its outcome. */
  settled(): Promise<void>;
  /** Safe to call twice. */
  close(): Promise<void>;
}
