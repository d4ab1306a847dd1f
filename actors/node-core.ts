/**
 * Node core: what all parts of one node share: who it is, what it was given, and where they tell what happens.
 */
import type { Options } from '../layout/options.js';
import type { Layout, NodeType } from '../layout/types.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import { createRateLimit, type RateLimit } from '../logs/rate-limit.js';
import { type Runtime, toHex } from '../runtime.js';
import { Tracer } from '../trace/tracer.js';
import { type ConnectionRefusal, connectionRefusals, type Transport } from '../transport/transport.js';
import { type RefusalKind, refusalKinds } from './admission.js';
import { History } from './control/history.js';
import type { NodeSetup } from './node-setup.js';
import { redactionOf, tracedDiagnostics } from './node-trace.js';
import { OwnSubscriptions } from './subscriptions.js';

/** What others do wrong is told at most once in so many ms for each kind. */
const warningInterval = 10_000;

/** Who a peer is, for those who need not know what runs it. */
export interface Peer {
  readonly name: string;
  /** Id of its present lifetime, or of the last one that was up; empty before the first. */
  readonly id: string;
  readonly nodeType: NodeType;
}

export interface NodeCounters {
  /** Encrypted connections that were refused. */
  readonly refusedConnections: Record<ConnectionRefusal, number>;
  /** Hellos, and proofs of a key before them, that were refused. */
  readonly refusedHellos: Record<RefusalKind, number>;
  /** Subscriptions beyond what this node takes of a peer that is up. */
  refusedSubscriptions: number;
  /** Frames dropped since somebody else sent them than the peer whose link it is. */
  foreignFrames: number;
  /** What came to the port and was no handshake of ZeroMQ, or no frame of a link. */
  garbage: number;
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
  clusterStarted: boolean;
  /** Whether anybody will ask how long things take: only then is a clock read for it. */
  readonly isMeasured: boolean;
}

/** As the node itself holds it. */
export type OwnCore = NodeCore & { layout: Layout };

export function createCore(setup: NodeSetup): OwnCore {
  const { name, layout, options, runtime, transport, trace } = setup;
  const lifetime = toHex(runtime.randomBytes(8));
  const { id = name === '' ? lifetime : `${name}_${lifetime}` } = setup;
  const redact = redactionOf(options.redactTrace, setup.diagnostics);
  const tracer = new Tracer({ node: name, id, runtime, redact, ...(trace?.train && { train: trace.train }) });
  if (trace !== undefined) tracer.listen(trace.write);
  const diagnostics = tracedDiagnostics(setup.diagnostics, tracer);
  return {
    name,
    id,
    nodeType: layout[name]?.nodeType ?? 'none',
    layout,
    options,
    runtime,
    transport,
    diagnostics,
    warnings: createRateLimit({
      runtime,
      interval: warningInterval,
      report: (_key, message, suppressed) =>
        diagnostics.warn(suppressed === 0 ? message : `${message} (${suppressed} of the kind since the last line)`),
    }),
    tracer,
    history: new History(runtime),
    counters: {
      refusedConnections: noneOf(connectionRefusals),
      refusedHellos: noneOf(refusalKinds),
      refusedSubscriptions: 0,
      foreignFrames: 0,
      garbage: 0,
      violations: 0,
      unroutable: 0,
      forged: 0,
      refusedControl: 0,
    },
    subscriptions: new OwnSubscriptions(options),
    clusterStarted: false,
    isMeasured: layout[name]?.metricsPort !== undefined,
  };
}

function noneOf<Kind extends string>(kinds: readonly Kind[]): Record<Kind, number> {
  return Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
}
