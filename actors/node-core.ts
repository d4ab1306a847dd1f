/**
 * Node core: what all parts of one node share. The node fills it in; its parts are handed it.
 */

import type { Options } from '../layout/options.js';
import type { Layout, NodeType } from '../layout/types.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { RateLimit } from '../logs/rate-limit.js';
import type { Runtime } from '../runtime.js';
import type { Tracer } from '../trace/tracer.js';
import type { Headers } from '../transport/codec.js';
import type { Transport } from '../transport/transport.js';
import type { RefusalKind } from './admission.js';
import type { History } from './control/history.js';
import type { OwnSubscriptions } from './subscriptions.js';

/** Who a peer is, for those who need not know what runs it. */
export interface Peer {
  readonly name: string;
  /** Id of its present lifetime, or of the last one that was up; empty before the first. */
  readonly id: string;
  readonly nodeType: NodeType;
}

export interface NodeCounters {
  /** Encrypted connections that were refused, for lack of a key or for coming too often. */
  refusedConnections: number;
  /** Hellos, and proofs of a key before them, that were refused. */
  readonly refusedHellos: Record<RefusalKind, number>;
  /** Frames dropped since somebody else sent them than the peer whose link it is. */
  foreignFrames: number;
  /** Frames that broke the protocol and ended a link. */
  violations: number;
  /** Events published to the topic of a node that shares no peering with this one. */
  unroutable: number;
  /** Events of peers dropped since their name is reserved for this node's own. */
  forged: number;
  /** Requests that only a control node may make, from others. */
  refusedControl: number;
}

export interface NodeCore {
  readonly name: string;
  readonly id: string;
  readonly nodeType: NodeType;
  /** The present one: a running node may be given another. */
  readonly layout: Layout;
  readonly options: Readonly<Options>;
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly diagnostics: Diagnostics;
  /** Diagnostics about what others do, which could come in floods: the first of a kind, then numbers. */
  readonly warnings: RateLimit;
  readonly counters: NodeCounters;
  /** Where the parts tell what happens, for those who listen. */
  readonly tracer: Tracer;
  /** Remembers what the machines of this node did last. */
  readonly history: History;
  readonly subscriptions: OwnSubscriptions;
  /** Whether this lifetime has seen `Cluster::Experimental::cluster_started`, or a peer that knows of it. */
  readonly clusterStarted: boolean;
  /** Whether anybody will ask how long things take: only then is a clock read for it. */
  readonly isMeasured: boolean;
  /** An event has come from a peer, of `size` bytes. */
  deliver(
    peer: Peer,
    topic: string,
    name: string,
    args: unknown[],
    size: number,
    headers: Headers | undefined,
  ): Promise<unknown> | undefined;
  /** A peer's hello says that it knows of `cluster_started`. */
  sawStart(peer: Peer): void;
}
