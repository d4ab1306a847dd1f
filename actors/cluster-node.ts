/**
 * Cluster node: what a user holds of a node. Everything a bootstrap script can do is here; the parts do the work.
 */
import { MusterError } from '../errors.js';
import type { Options } from '../layout/options.js';
import type { PoolSpec } from '../layout/pool-spec.js';
import type { NamedNode, Node, NodeType } from '../layout/types.js';
import type { ColumnsInput, RecordOf } from '../logs/columns.js';
import type { NodeControl } from './control/control.js';
import type { AllEvents, AnyEvents, EventHandler } from './events.js';
import type { LeaveReport } from './leaving.js';
import type { LogStream } from './logging/log-stream.js';
import type { LogStreamDefinition } from './logging/log-streams.js';
import type { NodeState } from './membership.js';
import type { NodeParts } from './node-parts.js';
import type { PeerInfo } from './peer-info.js';
import type { Pool } from './pools/pool.js';
import type { StandardSchema } from './standard-schema.js';
import type { StoreInfo } from './stores/store-info.js';

/** What a node is made of, for those who run it and look at it: its supervisor, the tools, the simulator. */
export let partsOf: (node: ClusterNode) => NodeParts;

/** `E` names the events of the application: an interface of name → tuple of arguments. */
export class ClusterNode<E extends object = AnyEvents> implements AsyncDisposable {
  static {
    partsOf = (node) => node.#parts;
  }

  readonly #parts: NodeParts;

  /** Made by `joinCluster()`. */
  constructor(parts: NodeParts) {
    this.#parts = parts;
  }

  /** The node's name in the layout; empty outside a cluster. */
  get name(): string {
    return this.#parts.core.name;
  }

  /** Identifies this lifetime of the node; a restarted node has another one. */
  get id(): string {
    return this.#parts.core.id;
  }

  /** The effective options, complete and frozen. */
  get options(): Readonly<Options> {
    return this.#parts.core.options;
  }

  get state(): NodeState {
    return this.#parts.membership.state;
  }

  /** Resolves when the node has left: with the error if it had to leave, such as `MUSTER_NAME_TAKEN`. Never rejected. */
  get closed(): Promise<MusterError | undefined> {
    return this.#parts.leaving.closed;
  }

  /**
   * Registers a handler. The handlers of an event run in the order of registration; one that throws, or whose promise is
   * rejected, is logged and counted. A promise is not awaited by the next event, but the peer that published gets room
   * for more only when it settles.
   * @returns a function that removes the handler.
   */
  on<N extends keyof AllEvents<E> & string>(name: N, handler: EventHandler<AllEvents<E>[N]>): () => void {
    return this.#parts.bus.on(name, handler as (...args: unknown[]) => unknown);
  }

  /**
   * Describes the arguments of an event, as one array, with any implementation of Standard Schema. An event from another
   * node that does not satisfy it is dropped, counted and logged. The schema must be synchronous.
   */
  defineEvent<N extends keyof AllEvents<E> & string>(name: N, schema: StandardSchema): void {
    this.#parts.bus.defineEvent(name, schema);
  }

  /**
   * Publishes to every peer with a subscription that is a prefix of `topic`, never to this node itself. Events to one
   * peer arrive in order, each once, also over a reconnect; they travel one hop. Does not wait: they leave at the end of
   * the turn.
   * @returns `false` if a peer that is up has little room left: wait for {@link drained} before you go on.
   * @throws {@link MusterError} `MUSTER_BUFFER_FULL` if there is none (nobody gets it), `MUSTER_EVENT_TOO_LARGE`,
   * `MUSTER_NODE_LEFT`.
   * @throws TypeError for an argument that cannot be sent, with its path.
   */
  publish<N extends keyof AllEvents<E> & string>(
    topic: string,
    name: N,
    ...args: AllEvents<E>[N] extends readonly unknown[] ? AllEvents<E>[N] : never
  ): boolean {
    if (this.#parts.isLeaving) throw hasLeft(this.name, 'publish');
    return this.#parts.router.publish(topic, name, args);
  }

  /** Runs this node's own handlers of an event, and sends it to nobody. */
  raise<N extends keyof AllEvents<E> & string>(
    name: N,
    ...args: AllEvents<E>[N] extends readonly unknown[] ? AllEvents<E>[N] : never
  ): void {
    this.#parts.bus.raise(name, args);
  }

  /** Resolves once every peer that is up has room again, after `publish()` returned `false`. */
  drained(): Promise<void> {
    return this.#parts.room.drained();
  }

  /**
   * Subscribes to a topic prefix. An empty one is every topic.
   * @returns a promise that resolves when all peers that are up have confirmed it.
   * @throws {@link MusterError} `MUSTER_SUBSCRIPTION_LIMIT`, `MUSTER_NODE_LEFT`
   */
  async subscribe(prefix: string): Promise<void> {
    if (this.#parts.isLeaving) throw hasLeft(this.name, 'subscribe');
    await this.#parts.subscriber.subscribe(prefix);
  }

  /** Ends a subscription. Resolves like {@link subscribe}; events that are on their way may still arrive before. */
  async unsubscribe(prefix: string): Promise<void> {
    if (this.#parts.isLeaving) throw hasLeft(this.name, 'unsubscribe');
    await this.#parts.subscriber.unsubscribe(prefix);
  }

  /** Whether the event that is being handled came from another node. Holds while a handler runs synchronously. */
  isRemoteEvent(): boolean {
    return this.#parts.bus.sender !== undefined;
  }

  /** Name of the node that published the event being handled; `undefined` for an event of this node, and outside handlers. */
  eventSender(): string | undefined {
    return this.#parts.bus.sender;
  }

  /**
   * Resolves when all outgoing peerings have been accepted, which is when `node_fully_connected` is raised.
   * @throws the signal's reason when it is aborted, or the error with which the node left.
   */
  ready({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const { ready } = this.#parts.membership;
    if (signal === undefined) return ready;
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      ready.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }

  /** Copies of the layout's nodes by name, with the `id` of those that are up. */
  nodes(): Record<string, Node> {
    const { core, peerings } = this.#parts;
    const withId = ([name, node]: [string, Node]): [string, Node] => {
      const peering = peerings.get(name);
      const id = name === core.name ? core.id : peering?.isUp ? peering.id : undefined;
      return [name, { ...node, ...(id !== undefined && { id }) }];
    };
    return Object.fromEntries(Object.entries(core.layout).map(withId));
  }

  /** All nodes that this one peers with, up or not. */
  get peers(): PeerInfo[] {
    return [...this.#parts.peerings].map(({ info }) => info);
  }

  /** Nodes of a type in the layout. `Cluster::get_node_count` */
  getNodeCount(type: NodeType): number {
    return Object.values(this.#parts.core.layout).filter(({ nodeType }) => nodeType === type).length;
  }

  /** Nodes of a type that this one is connected to. `Cluster::get_active_node_count` */
  getActiveNodeCount(type: NodeType): number {
    return [...this.#parts.peerings].filter(({ nodeType, isUp }) => nodeType === type && isUp).length;
  }

  /** Whether this node is part of a cluster. `Cluster::is_enabled` */
  isEnabled(): boolean {
    return this.#parts.core.name !== '';
  }

  /** `none` outside a cluster. `Cluster::local_node_type` */
  localNodeType(): NodeType {
    return this.#parts.core.nodeType;
  }

  /** The layout's metrics port of this node, 0 if unknown. `Cluster::local_node_metrics_port` */
  localNodeMetricsPort(): number {
    return this.#parts.core.layout[this.name]?.metricsPort ?? 0;
  }

  /** The topic to which only the node of this name subscribes. `Cluster::node_topic` */
  nodeTopic(name: string): string {
    return `${this.options.nodeTopicPrefix}${name}/`;
  }

  /** The topic to which only this lifetime of a node subscribes. `Cluster::nodeid_topic` */
  nodeidTopic(id: string): string {
    return `${this.options.nodeidTopicPrefix}${id}/`;
  }

  /** The node with this id, if it is this one or a peer that is up. */
  nodeidToNode(id: string): NamedNode | undefined {
    const found = Object.entries(this.nodes()).find(([, node]) => node.id === id);
    return found && { name: found[0], node: found[1] };
  }

  /**
   * Sets up a store: its master at this node or a clone of it, as the layout and the options say. Once per name; a second
   * call warns and gives the same. `Cluster::create_store`
   * @param persistent - Whether its entries must outlive its master's process.
   * @throws {@link MusterError} `MUSTER_NAME_INVALID`, `MUSTER_STORE_NO_MASTER` if there is no manager and no other node
   * is named, `MUSTER_NODE_UNKNOWN`, `MUSTER_STORE_UNREACHABLE` without a peering to the master's node, `MUSTER_NODE_LEFT`.
   */
  createStore<K = unknown, V = unknown>(
    name: string,
    { persistent = false }: { readonly persistent?: boolean | undefined } = {},
  ): StoreInfo<K, V> {
    if (this.#parts.isLeaving) throw hasLeft(this.name, 'create stores');
    return this.#parts.stores.create(name, persistent) as unknown as StoreInfo<K, V>;
  }

  /** The stores that were created at this node, by name. `Cluster::stores` */
  get stores(): Record<string, StoreInfo> {
    return Object.fromEntries(this.#parts.stores.infos.map((info) => [info.name, info]));
  }

  /** All proxies, or those that `options.proxyPoolSpec` says. `Cluster::proxy_pool` */
  get proxyPool(): Pool {
    return this.#parts.pools.proxyPool;
  }

  /** `Cluster::worker_pool` */
  get workerPool(): Pool {
    return this.#parts.pools.workerPool;
  }

  /** All loggers; without any the manager, if it is the logger. `Cluster::logger_pool` */
  get loggerPool(): Pool {
    return this.#parts.pools.loggerPool;
  }

  /**
   * Registers a pool, in the bootstrap script: all nodes should register the same ones. It is filled when the node
   * connects. `Cluster::register_pool`
   * @throws {@link MusterError} `MUSTER_POOL_INVALID`, `MUSTER_POOL_TOO_LATE`
   */
  registerPool(spec: PoolSpec): Pool {
    return this.#parts.pools.register(spec);
  }

  /**
   * The topic of the node of a pool that has this key, by rendezvous hashing among those that are alive; empty if none is.
   * A key moves only if its node goes, or to one that comes. `Cluster::hrw_topic`
   * @param key - Any value that an event can carry.
   * @throws TypeError for any other, with its path, and for a pool of another node.
   */
  hrwTopic(pool: Pool, key: unknown): string {
    return this.#parts.pools.hrwTopic(pool, key);
  }

  /**
   * The topic of the node of a pool whose turn it is among those that are alive; empty if none is. `Cluster::rr_topic`
   * @param key - Turns of different keys are counted apart. Each key is kept for ever: use few.
   */
  rrTopic(pool: Pool, key = ''): string {
    return this.#parts.pools.rrTopic(pool, key);
  }

  /**
   * Publishes to the node of {@link hrwTopic}; if that is this node itself, raises the event here. `Cluster::publish_hrw`
   * @returns `false` if nobody is alive, so that nobody gets it; else as {@link publish}.
   * @throws as {@link publish} and {@link hrwTopic}.
   */
  publishHrw<N extends keyof AllEvents<E> & string>(
    pool: Pool,
    key: unknown,
    name: N,
    ...args: AllEvents<E>[N] extends readonly unknown[] ? AllEvents<E>[N] : never
  ): boolean {
    if (this.#parts.isLeaving) throw hasLeft(this.name, 'publish');
    return this.#parts.pools.publishHrw(pool, key, name, args);
  }

  /** Publishes to the node of {@link rrTopic}; else as {@link publishHrw}. `Cluster::publish_rr` */
  publishRr<N extends keyof AllEvents<E> & string>(
    pool: Pool,
    key: string,
    name: N,
    ...args: AllEvents<E>[N] extends readonly unknown[] ? AllEvents<E>[N] : never
  ): boolean {
    if (this.#parts.isLeaving) throw hasLeft(this.name, 'publish');
    return this.#parts.pools.publishRr(pool, key, name, args);
  }

  /**
   * Creates a log stream: records of one kind that this node writes and the loggers keep. Once per id; a second call with the
   * same columns and path warns and gives the same.
   * @param id - Such as `Conn::LOG`.
   * @throws {@link MusterError} `MUSTER_LOG_STREAM_INVALID`, `MUSTER_NODE_LEFT`
   */
  createLogStream<const C extends ColumnsInput>(id: string, definition: LogStreamDefinition<C>): LogStream<C> {
    if (this.#parts.isLeaving) throw hasLeft(this.name, 'create log streams');
    return this.#parts.logs.create(id, definition);
  }

  /**
   * Writes a record to a log stream of this node, as {@link LogStream.write} does. Given the stream instead of its id, the
   * compiler knows its columns.
   * @returns `false` if there is little room left: wait for the stream's `drained()`.
   * @throws {@link MusterError} `MUSTER_LOG_STREAM_UNKNOWN`, `MUSTER_LOG_RECORD_INVALID`, `MUSTER_NODE_LEFT`
   */
  writeLog<C>(stream: LogStream<C>, record: RecordOf<C>): boolean;
  writeLog(id: string, record: object): boolean;
  writeLog(stream: LogStream | string, record: object): boolean {
    if (typeof stream !== 'string') return stream.write(record);
    return this.#parts.logs.write(stream, record);
  }

  /** The log streams of this node, by id. */
  get logStreams(): Record<string, LogStream> {
    return Object.fromEntries(this.#parts.logs.infos.map((stream) => [stream.id, stream]));
  }

  /**
   * Sends all log records at once. Resolves when everything that this node has written before is kept by loggers.
   * @throws {@link MusterError} `MUSTER_LOG_RECORDS_LOST` if some of it, since the last flush, is not and never will be; the
   * signal's reason when it is aborted.
   */
  flush({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#parts.logs.flush(signal);
  }

  /** Begins new log files, of the logs that this node keeps. */
  rotateLogs(): void {
    this.#parts.logs.rotate();
  }

  /** Opens the files of the logs that this node keeps anew, after something has moved them. */
  reopenLogs(): void {
    this.#parts.logs.reopen();
  }

  /** What control nodes may ask of this node; at a control node, how it asks others. */
  get control(): NodeControl {
    return this.#parts.control;
  }

  /** Writes a message to the cluster log. `Cluster::log` */
  log(message: string): void {
    this.#parts.clusterLog.log(message);
  }

  /**
   * Reads this node's keys and those of its peers again, and goes by them from now on: peerings whose key is gone end, and
   * begin anew with another one if there is one; others go on. Does nothing at a node that needs no keys.
   * @throws {@link MusterError} `MUSTER_KEY_MISSING`, `MUSTER_KEY_INVALID`; then it goes by those that it had.
   */
  reloadKeys(): Promise<void> {
    return this.#parts.reloadKeys();
  }

  /**
   * Leaves the cluster: takes no new events, waits up to `leaveTimeout` until what was published is acknowledged and what
   * was logged is kept, says bye and closes everything. Safe to call twice.
   */
  leave(): Promise<LeaveReport> {
    return this.#parts.leave();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }
}

function hasLeft(name: string, what: string): MusterError {
  return new MusterError('MUSTER_NODE_LEFT', `${name || 'this node'} has left its cluster: it cannot ${what} any more`);
}
