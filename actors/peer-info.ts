/**
 * Peer info: what a node tells its user of a peer.
 */
import type { NodeType } from '../layout/types.js';
import type { LossReason } from '../transport/frames/frames.js';

export type PeerState = 'connecting' | 'hello' | 'up' | 'unresponsive' | 'down';

/** What has passed on a peering since this node started. */
export interface PeerCounters {
  readonly eventsOut: number;
  readonly eventsIn: number;
  readonly framesOut: number;
  readonly framesIn: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Events that wait for an acknowledgement. */
  readonly unacknowledged: number;
  /** Events that were lost, in either direction, by reason. */
  readonly lost: Readonly<Partial<Record<LossReason, number>>>;
  /** How often the peer came up. */
  readonly connections: number;
}

/** What this node knows of another that the layout has it peer with. */
export interface PeerInfo {
  readonly name: string;
  /** Id of its present lifetime, or of the last one that was up; empty before the first. */
  readonly id: string;
  readonly type: NodeType;
  readonly state: PeerState;
  /** When it came into this state: ms since 1970. */
  readonly since: number;
  readonly counters: PeerCounters;
}
