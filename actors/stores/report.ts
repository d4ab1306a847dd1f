/**
 * Store report: how a store is at one node, for the tools of the command line.
 */
import type { StoreBackend } from '../../layout/options.js';
import type { CloneState } from '../../machines/clone.js';
import type { StoreState } from '../../stores/backend.js';

export interface StoreReport {
  readonly name: string;
  readonly masterNode: string;
  /** Whether this node has the master. */
  readonly master: boolean;
  readonly backend: StoreBackend;
  readonly state: CloneState | 'opening' | 'failed';
  /** Why it could not be opened. */
  readonly problem: string | null;
  /** How often it differed from its master, and was fetched anew. */
  readonly differences: number;
  /** Null: it has nothing yet. */
  readonly contents: StoreState | null;
}
