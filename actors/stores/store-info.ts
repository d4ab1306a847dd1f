/**
 * Store info: what `createStore()` gives back at once. Follows `Cluster::StoreInfo`.
 */
import type { BackendOptions, StoreBackend } from '../../layout/options.js';
import type { Store } from './store.js';

export interface StoreInfo<K = unknown, V = unknown> {
  readonly name: string;
  /** Readable once {@link ready}; mutations wait by themselves. */
  readonly store: Store<K, V>;
  /** Name of the node that has the master; empty outside a cluster. */
  readonly masterNode: string;
  /** Whether this node has it. */
  readonly master: boolean;
  /** Where the master's entries rest. */
  readonly backend: StoreBackend;
  /** Parameters of the backend, as preset in `options.stores`. */
  readonly options: BackendOptions;
  /** What the master lets it grow to, in entries and in bytes; `Infinity`: whatever comes. */
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** In ms. */
  readonly cloneResyncInterval: number;
  readonly cloneStaleInterval: number;
  readonly cloneMutationBufferInterval: number;
  /**
   * Resolves to the store: of a `memory` master at once, of an `lmdb` master once it is checked and opened, of a clone once
   * it is in sync for the first time. Rejected with a {@link MusterError} if the master cannot be opened, or the node leaves.
   */
  readonly ready: Promise<Store<K, V>>;
}
