/**
 * Options: every setting of a node, its unit, range, default and consequence.
 * The names and defaults of the documented ones are those of Zeek's cluster framework, in camelCase; durations are
 * whole milliseconds up to 2_147_483_647, the longest that a timer takes. `resolveOptions` is the only place where they
 * are merged and checked: inside, options are complete.
 */
import type { TraceRecord } from '../trace/record.js';
import type { PoolSpec } from './pool-spec.js';
import type { NamedNode } from './types.js';

/** Where the values of a store rest. */
export type StoreBackend = 'memory' | 'lmdb';

/** Parameters of the backend `lmdb`; a store in memory has none. */
export interface BackendOptions {
  /** Directory of the store, relative to that of all persistent stores. @defaultValue made from the store's name */
  readonly path?: string | undefined;
  /**
   * What a settled mutation outlives: `flushed` a SIGKILL and a power cut; `committed` a SIGKILL, while a power cut takes
   * what was written in the last moments before it. @defaultValue `'flushed'`
   */
  readonly durability?: 'flushed' | 'committed' | undefined;
  /** Bytes of address space at first; it grows by itself. @defaultValue 1 GiB */
  readonly mapSize?: number | undefined;
  /**
   * What becomes of a damaged store: it cannot be opened, or its files are moved aside, with a warning, and it begins anew.
   * @defaultValue `'fail'`
   */
  readonly failureMode?: 'fail' | 'delete' | undefined;
  /** Whether all of it is read and checked at each start, even after it was closed well. @defaultValue false */
  readonly integrityCheck?: boolean | undefined;
  /** Bytes of the disk that stay free: a mutation that might need them is refused. @defaultValue 16 MiB */
  readonly reserve?: number | undefined;
}

/** What is preset for one store, see {@link Options.stores}. Follows `Cluster::StoreInfo`. */
export interface StoreOptions {
  /** Node that has the master. @defaultValue `defaultMasterNode` */
  readonly masterNode?: string | undefined;
  /** @defaultValue `defaultBackend`, of a persistent store `defaultPersistentBackend` */
  readonly backend?: StoreBackend | undefined;
  /** Parameters of the backend. @defaultValue none */
  readonly options?: BackendOptions | undefined;
  /**
   * Entries that it may have, ≥ 1, and bytes of all of them as they are written, keys included, ≥ 1: its master refuses what
   * would make it grow beyond. @defaultValue none
   */
  readonly maxEntries?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** @defaultValue `cloneResyncInterval` of the node */
  readonly cloneResyncInterval?: number | undefined;
  /** @defaultValue `cloneStaleInterval` of the node */
  readonly cloneStaleInterval?: number | undefined;
  /** @defaultValue `cloneMutationBufferInterval` of the node */
  readonly cloneMutationBufferInterval?: number | undefined;
}

/** A record of the cluster log, as {@link Options.logPolicy} sees it. Follows `Cluster::Info`. */
export interface ClusterLogRecord {
  /** When it was written: ms since 1970, with fractions. */
  readonly ts: number;
  readonly node: string;
  readonly message: string;
}

export type OverflowPolicy = 'block' | 'disconnect' | 'dropOldest' | 'dropNewest';

export interface Options {
  /** Topic for messages to loggers. @defaultValue `'zeek/cluster/logger'` */
  readonly loggerTopic: string;
  /** Topic for messages to managers. @defaultValue `'zeek/cluster/manager'` */
  readonly managerTopic: string;
  /** Topic for messages to proxies. @defaultValue `'zeek/cluster/proxy'` */
  readonly proxyTopic: string;
  /** Topic for messages to workers. @defaultValue `'zeek/cluster/worker'` */
  readonly workerTopic: string;
  /** @deprecated Topic for messages to time machines. @defaultValue `'zeek/cluster/time_machine'` */
  readonly timeMachineTopic: string;
  /** Prefix of the topic of a named node. @defaultValue `'zeek/cluster/node/'` */
  readonly nodeTopicPrefix: string;
  /** Prefix of the topic of one lifetime of a node. @defaultValue `'zeek/cluster/nodeid/'` */
  readonly nodeidTopicPrefix: string;
  /** Topic on which the manager publishes `Cluster::Experimental::cluster_started`. @defaultValue `'zeek/cluster/experimental/started'` */
  readonly clusterStartedTopic: string;
  /** Names the cluster: nodes refuse the hello of a node that names another. @defaultValue `'muster'` */
  readonly clusterName: string;
  /** The five topics of the node types, as they are in force. Read-only: giving it is an error. */
  readonly broadcastTopics: readonly string[];
  /** Whether log records are spread among the loggers that are up. @defaultValue `true` */
  readonly enableRoundRobinLogging: boolean;
  /** Whether the manager keeps logs itself; true is right only without a logger in the layout. @defaultValue `true` */
  readonly managerIsLogger: boolean;
  /**
   * Decides about each record of the cluster log: `false` leaves it out, a record takes its place, anything else lets it
   * pass, and so does a policy that throws. @defaultValue none
   */
  readonly logPolicy: ((record: ClusterLogRecord) => unknown) | undefined;
  /** Asked before this node connects to another: `false` vetoes the peering. @defaultValue none */
  readonly connectNode: ((peer: NamedNode) => unknown) | undefined;

  /** Pause before a failed connection is tried again, in ms, > 0. `ZEEK_DEFAULT_CONNECT_RETRY` (seconds) overrides it. @defaultValue 60_000 */
  readonly retryInterval: number;
  /** How long a TCP connection and its ZMTP handshake may take, in ms, > 0. @defaultValue 5_000 */
  readonly connectTimeout: number;
  /** How long the hello handshake of a peering may take, in ms, > 0. @defaultValue 5_000 */
  readonly helloTimeout: number;
  /** ZMTP heartbeats go out this often on each connection, in ms, 1–65_535. @defaultValue 1_000 */
  readonly heartbeatInterval: number;
  /** A connection without an answer to its heartbeat for so long is cut, in ms, 1–65_535. @defaultValue 3_000 */
  readonly heartbeatTimeout: number;
  /** A peer that sends no frame for so long is `unresponsive`, which is not down; in ms, > 0. @defaultValue 4_000 */
  readonly unresponsiveInterval: number;
  /** A peer that sends no frame for so long is down, in ms, > `unresponsiveInterval`. @defaultValue 30_000 */
  readonly silentInterval: number;
  /** How long a peer has to answer a probe after a hint that its link is gone, in ms, > 0. @defaultValue 1_000 */
  readonly probeTimeout: number;
  /** How long events are kept for a peer that is down, in ms, ≥ 0. @defaultValue 30_000 */
  readonly resumeInterval: number;
  /** How long `leave()` waits for acknowledgements before it says bye all the same, in ms, ≥ 0. @defaultValue 5_000 */
  readonly leaveTimeout: number;

  /**
   * Whether nodes that other machines can reach are spoken to without keys: in clear, by whoever comes. All nodes of a cluster
   * have to agree. Warned about at each start. @defaultValue `false`
   */
  readonly insecure: boolean;
  /** Whether nodes on loopback addresses are spoken to with keys too. All nodes have to agree. @defaultValue `false` */
  readonly secureLoopback: boolean;
  /** Directory of keys; empty for the one that the layout names, else `keys/` in `stateDir`. @defaultValue `''` */
  readonly keysDir: string;
  /** How long a connection may take until it is encrypted and admitted, in ms, > 0. @defaultValue 5_000 */
  readonly handshakeTimeout: number;
  /**
   * Encrypted connections that one address may have open at this node, ≥ 1; more are refused. Those of other users of that
   * machine, and half-open ones, count too. On Linux only. @defaultValue 1_024
   */
  readonly maxConnections: number;
  /** Encrypted connections that one address may make in a second, ≥ 1; more are refused. @defaultValue 200 */
  readonly maxConnectionRate: number;
  /** Links that one peer may begin in a second, ≥ 1; more are refused. @defaultValue 200 */
  readonly maxHelloRate: number;
  /** Subscriptions that this node, or a peer of it, may have, ≥ 1; all together have at most 32 KiB. @defaultValue 4_096 */
  readonly maxSubscriptions: number;
  /** Bytes of one subscription, ≥ 1. @defaultValue 1_024 */
  readonly maxSubscriptionSize: number;

  /** Largest event, encoded, in bytes; a larger one makes `publish()` throw. Below `maxBufferedBytes`. @defaultValue 16 MiB */
  readonly maxEventSize: number;
  /** Events kept per peer until it acknowledges them, ≥ 1. Broker's bound is 8,192. @defaultValue 131_072 */
  readonly maxBufferedEvents: number;
  /** Bytes kept per peer until it acknowledges them. @defaultValue 64 MiB */
  readonly maxBufferedBytes: number;
  /**
   * What happens to a user's event for a peer that is up and whose buffer is full: `block` makes `publish()` throw,
   * `disconnect` ends the peering and counts what it held as lost, `dropOldest` and `dropNewest` lose events.
   * @defaultValue `'block'`
   */
  readonly overflow: OverflowPolicy;
  /** Other policies for some peers, by name or else by node type. @defaultValue none */
  readonly overflowFor: Readonly<Record<string, OverflowPolicy>>;
  /**
   * What happens to events that a peer had not acknowledged when it died, once it is back as another process: `drop`
   * counts them as lost, `redeliver` sends them to the new one, where a handler may see an event twice. @defaultValue `'drop'`
   */
  readonly onPeerRestart: 'drop' | 'redeliver';
  /** Bytes a peer may send before this node has handled them, 128 KiB or more. @defaultValue 1 MiB */
  readonly creditWindow: number;

  /** Node that has the masters of stores; empty for the manager. @defaultValue `''` */
  readonly defaultMasterNode: string;
  /** Backend of stores that need not last. @defaultValue `'memory'` */
  readonly defaultBackend: StoreBackend;
  /** Backend of persistent stores. Zeek's default is SQLite. @defaultValue `'lmdb'` */
  readonly defaultPersistentBackend: StoreBackend;
  /** Directory of persistent stores; empty for `stores/<node>/` in `stateDir`. @defaultValue `''` */
  readonly defaultStoreDir: string;
  /** Presets of single stores, by their names. `createStore()` looks here first. @defaultValue `{}` */
  readonly stores: Readonly<Record<string, StoreOptions>>;
  /** Pause between attempts of a clone to find its master and to catch up with it, in ms, > 0. @defaultValue 10_000 */
  readonly cloneResyncInterval: number;
  /** A clone whose master has been away for so long is stale, in ms; negative: never. @defaultValue 300_000 */
  readonly cloneStaleInterval: number;
  /** How long a clone keeps mutations for a master that is away, in ms, ≥ 0. @defaultValue 120_000 */
  readonly cloneMutationBufferInterval: number;

  /** The pool of all proxies. @defaultValue topic `'zeek/cluster/pool/proxy'`, node type `proxy` */
  readonly proxyPoolSpec: PoolSpec;
  /** The pool of all workers. @defaultValue topic `'zeek/cluster/pool/worker'`, node type `worker` */
  readonly workerPoolSpec: PoolSpec;
  /** The pool of all loggers. @defaultValue topic `'zeek/cluster/pool/logger'`, node type `logger` */
  readonly loggerPoolSpec: PoolSpec;

  /** Where a node keeps what lasts: `logs/<node>/` and more. @defaultValue `.muster` beside the layout, else in the working directory */
  readonly stateDir: string;
  /** Form of log files: JSON lines or Zeek's TSV. @defaultValue `'json'` */
  readonly logFormat: 'json' | 'tsv';
  /**
   * Address on which a node with a `metricsPort` answers; empty for a loopback address: the node's `ip` if it is one, else
   * `127.0.0.1` or `::1`. Others are told the node's `ip`. @defaultValue `''`
   */
  readonly metricsAddress: string;
  /** Log files are rotated at each multiple of so many ms of local time; undefined: never. @defaultValue none */
  readonly logRotationInterval: number | undefined;
  /** Log files are rotated when they have so many bytes; undefined: never. @defaultValue none */
  readonly logRotationSize: number | undefined;
  /** Whether rotated log files are compressed with gzip. @defaultValue `false` */
  readonly logCompress: boolean;
  /** Rotated log files are removed so many ms after they were written last; undefined: never. @defaultValue none */
  readonly logExpiry: number | undefined;
  /** Whether a logger acknowledges records only when they outlive a power cut (`fsync`). @defaultValue `false` */
  readonly logSync: boolean;
  /** Bytes of log records kept here until a logger has them; beyond that they are spilled, or lost. @defaultValue 16 MiB */
  readonly maxBufferedLogBytes: number;
  /** Directory for log records that find no room in memory, relative to `stateDir`; empty: they are lost. @defaultValue `''` */
  readonly logSpillDir: string;
  /** Least severe diagnostics that go to stderr. @defaultValue `'info'` */
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  /**
   * File to which the trace of the node is appended: each change of state, event and frame, as lines of JSON. Several nodes
   * may share one. Empty: none. @defaultValue `''`
   */
  readonly traceFile: string;
  /** Gives each record of the trace as it may be told, or `undefined`, which leaves it out; so does one that throws. @defaultValue none */
  readonly redactTrace: ((record: TraceRecord) => TraceRecord | undefined) | undefined;
}

/** What a user may give: any of the options but the read-only one. */
export type OptionsInput = {
  readonly [K in Exclude<keyof Options, 'broadcastTopics'>]?: Options[K] | undefined;
};
