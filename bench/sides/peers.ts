/**
 * Peers: other systems of the same kind, which are compared where they are installed.
 */
import type { Setting } from '../harness/bench.js';
import type { Stream } from './stream.js';

export interface Peer {
  readonly title: string;
  /** What it promises of an event. */
  readonly promises: string;
  /** In words what is not there, and how to get it; undefined if all is there. */
  whyMissing(): Promise<string | undefined>;
  /** Starts a stream of small events from one process to another. */
  open(setting: Setting): Promise<Stream>;
}
