/**
 * Node parts: puts a node together from its parts, starts it and takes it apart again.
 * Knows no environment: layout, options, runtime and transport are handed in, so that it runs in a simulator as well.
 */
import { MusterError, messageOf } from '../errors.js';
import type { ClusterLogRecord, Options } from '../layout/options.js';
import type { Layout, NodeType } from '../layout/types.js';
import { type ClusterLog, clusterLogColumns, clusterLogId } from '../logs/cluster-log.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { LogFiles } from '../logs/files.js';
import { createRateLimit } from '../logs/rate-limit.js';
import { atMost, type Runtime, toHex, turn } from '../runtime.js';
import type { TraceOutput } from '../trace/output.js';
import { Tracer } from '../trace/tracer.js';
import type { Transport } from '../transport/transport.js';
import { type RefusalKind, refusalKinds } from './admission.js';
import { Control } from './control/control.js';
import { History } from './control/history.js';
import type { NodeHost } from './control/host.js';
import { controlEvent } from './control/messages.js';
import { EventBus } from './event-bus.js';
import type { EventSpans } from './event-spans.js';
import { isFrameworkEvent } from './events.js';
import { followLayout, isLoggerInstead, whyNotIn } from './follow-layout.js';
import { LogStreams } from './logging/log-streams.js';
import { logEvent } from './logging/messages.js';
import { type Loss, Losses } from './losses.js';
import { Membership } from './membership.js';
import type { NodeCore, Peer } from './node-core.js';
import { describeNode, redactionOf, tracedDiagnostics } from './node-trace.js';
import type { Peering, PeeringListener } from './peering.js';
import { Peerings } from './peerings.js';
import { Pools } from './pools/pools.js';
import { Room } from './room.js';
import { Router } from './router.js';
import { storeEvent } from './stores/messages.js';
import { type OpenBackend, Stores } from './stores/stores.js';
import { Subscriber } from './subscriber.js';
import { OwnSubscriptions } from './subscriptions.js';
import { Traffic } from './traffic.js';

/** What `leave()` could not bring home. */
export interface LeaveReport {
  /** Events of users that were not acknowledged, by name of the peer; peers without any are left out. */
  readonly unacknowledged: Readonly<Record<string, number>>;
}

/** Something that looks at a node, such as its metrics. */
export interface Attachment {
  close(): Promise<void>;
}

export interface NodeSetup {
  /** Empty outside a cluster. */
  readonly name: string;
  /** Of this lifetime. @defaultValue a fresh one */
  readonly id?: string;
  readonly layout: Layout;
  readonly options: Readonly<Options>;
  readonly runtime: Runtime;
  readonly transport: Transport;
  /** Reads the node's keys again. Absent: it needs none. */
  readonly reloadKeys?: () => Promise<void>;
  /** Gets the transport ready for the peers of another layout. @returns what makes that the present one */
  readonly prepare?: (layout: Layout) => Promise<() => Promise<void>>;
  readonly diagnostics: Diagnostics;
  /** Where logs are kept. */
  readonly files: LogFiles;
  /** Told each message of the cluster log, too. */
  readonly clusterLogged?: (message: string) => void;
  readonly openBackend: OpenBackend;
  /** Lets others look at the node, once it has started. What it gives back is closed when the node has left. */
  readonly attach?: (parts: NodeParts) => Promise<Attachment>;
  /** Where the trace goes; closed when the node has left. Absent: nowhere. */
  readonly trace?: TraceOutput;
  /** The process around the node. Absent: it has none of its own. */
  readonly host?: NodeHost;
}

/** What others do wrong is told at most once in so many ms for each kind. */
const warningInterval = 10_000;

export class NodeParts {
  readonly core: NodeCore;
  readonly bus: EventBus;
  readonly peerings: Peerings;
  readonly room: Room;
  readonly router: Router;
  readonly subscriber: Subscriber;
  readonly pools: Pools;
  readonly membership: Membership;
  readonly stores: Stores;
  readonly logs: LogStreams;
  readonly control: Control;
  readonly clusterLog: ClusterLog;
  /** What came from peers. */
  readonly received: Traffic;
  /** Runs the handlers of events that bear the context of a trace; absent where nobody traces. */
  spans: EventSpans | undefined;
  readonly ready: Promise<void>;
  readonly closed: Promise<MusterError | undefined>;
  readonly #setup: NodeSetup;
  readonly #losses: Losses<Loss>;
  #settleReady: { resolve(): void; reject(error: MusterError): void } = { resolve() {}, reject() {} };
  #settleClosed: (error: MusterError | undefined) => void = () => {};
  #attachment: Attachment | undefined;
  #leaving: Promise<LeaveReport> | undefined;
  #hasSaidLastWords = false;
  #layout: Layout;
  readonly #describe: () => void;
  #onRelief: (() => void) | undefined;

  constructor(setup: NodeSetup) {
    this.#setup = setup;
    this.#layout = setup.layout;
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => {}); // Nobody has to wait for it.
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.core = this.#createCore();
    if (setup.trace !== undefined) this.core.tracer.listen(setup.trace.write);
    this.received = new Traffic(setup.options);
    this.#losses = new Losses(
      this.core.runtime,
      ({ id, reason }) => `${id} ${reason}`,
      (loss) => this.#tellLoss(loss),
    );
    this.bus = new EventBus(this.core);
    this.peerings = new Peerings(this.core, this.#listener());
    this.#describe = describeNode(this.core, this.peerings);
    this.room = new Room(this.core, this.peerings);
    this.router = new Router(this.core, this.peerings, this.room);
    this.subscriber = new Subscriber(this.core.subscriptions, this.peerings);
    this.pools = new Pools(this);
    this.logs = new LogStreams({ ...this, files: setup.files });
    this.clusterLog = this.#createClusterLog();
    this.membership = new Membership(this, () => this.#settleReady.resolve());
    this.stores = new Stores({ ...this, openBackend: setup.openBackend });
    this.control = new Control(this, setup.host);
    for (const prefix of this.#firstSubscriptions()) this.core.subscriptions.add(prefix);
  }

  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  /**
   * Listens and starts the peerings; does nothing if the bootstrap script has made the node leave.
   * @throws {@link MusterError} `MUSTER_POOL_TOO_FEW_NODES`, `MUSTER_PORT_TAKEN` or `MUSTER_LISTEN_FAILED`; then
   * everything is closed.
   */
  async start(): Promise<void> {
    const { clusterLog } = this;
    const { options } = this.#setup;
    if (this.isLeaving) return;
    void this.logs.start();
    try {
      this.pools.fill();
      await this.peerings.listen();
    } catch (error) {
      await this.leave();
      throw error;
    }
    if (this.isLeaving) return;
    const { address } = this.peerings;
    if (address !== undefined) clusterLog.log(`listening on ${show(address)}`);
    for (const { isInitiator, name } of this.peerings) {
      const peer = this.core.layout[name];
      if (!isInitiator || peer === undefined) continue;
      clusterLog.log(
        `initiate peering with ${show({ ip: peer.ip, port: peer.port ?? 0 })}, retry=${options.retryInterval / 1_000} secs`,
      );
    }
    this.membership.listening();
    this.peerings.start();
    this.#attachment = await this.#setup.attach?.(this);
    if (this.isLeaving) await this.#attachment?.close();
  }

  async reloadKeys(): Promise<void> {
    await this.#setup.reloadKeys?.();
  }

  /** Why the node cannot go on in another layout; undefined if it can. */
  async whyNot(layout: Layout): Promise<string | undefined> {
    try {
      const why = whyNotIn(layout, this);
      if (why === undefined) await this.#setup.prepare?.(layout);
      return why;
    } catch (error) {
      return messageOf(error);
    }
  }

  /**
   * Goes on in another layout: ends and begins peerings, and leaves the others alone. Does nothing if it leaves.
   * @throws {@link MusterError} `MUSTER_LAYOUT_INVALID` if it cannot; then nothing has changed.
   */
  async follow(layout: Layout): Promise<void> {
    const why = await this.whyNot(layout);
    const secure = why === undefined ? await this.#setup.prepare?.(layout) : undefined;
    if (this.isLeaving) return;
    if (why !== undefined)
      throw new MusterError('MUSTER_LAYOUT_INVALID', `${this.core.name} cannot go on in it: ${why}`);
    const before = this.#layout;
    this.#layout = layout;
    const secured = secure?.();
    followLayout(this, before);
    this.#describe();
    await secured;
  }

  /** @param because what `closed` resolves with: why it could not stay */
  leave(because?: MusterError): Promise<LeaveReport> {
    this.#sayLastWords();
    this.#leaving ??= this.#leave(because);
    return this.#leaving;
  }

  /** Handlers of `Muster::leaving` may still publish. */
  #sayLastWords(): void {
    if (this.#hasSaidLastWords) return;
    this.#hasSaidLastWords = true;
    this.bus.raise('Muster::leaving', []);
  }

  /** Leaves since it has to. */
  #fail(error: MusterError): void {
    if (this.isLeaving) return;
    this.core.diagnostics.error(error.message);
    this.#settleReady.reject(error);
    this.#sayLastWords();
    this.#leaving ??= this.#leave(error);
  }

  async #leave(error: MusterError | undefined): Promise<LeaveReport> {
    this.membership.leaving();
    const settled = Promise.all([this.stores.settled(), this.logs.settled()]);
    await atMost(this.core.runtime, this.core.options.leaveTimeout, settled);
    const givenUpBefore = new Map([...this.peerings].map(({ name, session }) => [name, session.givenUp]));
    // A handler may have called this: what follows from the event that it handles is still to be sent.
    await turn(this.core.runtime);
    this.router.flush();
    await this.#acknowledged();
    const missing = [...this.peerings].map(({ name, session }): [string, number] => {
      return [name, session.unacknowledgedOfUsers + session.givenUp - (givenUpBefore.get(name) ?? 0)];
    });
    const unacknowledged = Object.fromEntries(missing.filter(([, count]) => count > 0));
    this.peerings.leave();
    await this.#setup.transport.close();
    this.room.relieved();
    this.subscriber.progress();
    this.#losses.flush();
    this.core.warnings.close();
    await this.logs.close();
    await this.stores.close();
    await this.#attachment?.close();
    this.control.close();
    this.membership.left();
    await this.#setup.trace?.close();
    const left = new MusterError('MUSTER_NODE_LEFT', `${this.core.name || 'this node'} left before it was ready`);
    this.#settleReady.reject(error ?? left);
    this.#settleClosed(error);
    return { unacknowledged };
  }

  /** Resolves once all peers that are up have acknowledged everything, or `leaveTimeout` is over. */
  async #acknowledged(): Promise<void> {
    const isDone = () => ![...this.peerings].some((peering) => peering.isUp && peering.session.unacknowledged > 0);
    if (isDone()) return;
    const { runtime, options } = this.#setup;
    const done = new Promise<void>((resolve) => {
      this.#onRelief = () => {
        if (isDone()) resolve();
      };
    });
    await atMost(runtime, options.leaveTimeout, done);
    this.#onRelief = undefined;
  }

  #createCore(): NodeCore {
    const { name, layout, options, runtime, transport, trace } = this.#setup;
    const nodeType: NodeType = layout[name]?.nodeType ?? 'none';
    const lifetime = toHex(runtime.randomBytes(8));
    const { id = name === '' ? lifetime : `${name}_${lifetime}` } = this.#setup;
    const redact = redactionOf(options.redactTrace, this.#setup.diagnostics);
    const tracer = new Tracer({ node: name, id, runtime, redact, ...(trace?.train && { train: trace.train }) });
    const diagnostics = tracedDiagnostics(this.#setup.diagnostics, tracer);
    const parts = this;
    return {
      name,
      id,
      nodeType,
      get layout() {
        return parts.#layout;
      },
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
        refusedConnections: 0,
        refusedHellos: noRefusals(),
        foreignFrames: 0,
        violations: 0,
        unroutable: 0,
        forged: 0,
        refusedControl: 0,
      },
      subscriptions: new OwnSubscriptions(options),
      get clusterStarted() {
        return parts.membership.knowsOfStart;
      },
      isMeasured: layout[name]?.metricsPort !== undefined,
      deliver: (peer, topic, event, args, size, headers) => {
        this.received.count(topic, size);
        if (headers === undefined || this.spans === undefined) return this.#deliver(peer, event, args);
        return this.spans.handle({ topic, event, from: peer.name, headers }, () => this.#deliver(peer, event, args));
      },
      sawStart: (peering) => this.membership.sawStart(peering),
    };
  }

  #createClusterLog(): ClusterLog {
    const { name, runtime, options, tracer } = this.core;
    const { logPolicy } = options;
    const stream = this.logs.create(clusterLogId, {
      columns: clusterLogColumns,
      policy: logPolicy && ((record) => logPolicy(record as unknown as ClusterLogRecord)),
    });
    return {
      log: (message) => {
        if (stream.isClosed) return;
        tracer.record('line', { level: 'log', message: String(message) });
        stream.write({ ts: runtime.now(), node: name, message: String(message) });
        this.#setup.clusterLogged?.(message);
      },
    };
  }

  #deliver(peer: Peer, name: string, args: unknown[]): Promise<unknown> | undefined {
    if (name === storeEvent) {
      this.stores.receive(peer, args);
      return undefined;
    }
    if (name === logEvent) {
      this.logs.receive(peer, args);
      return undefined;
    }
    if (name === controlEvent) {
      this.control.receive(peer, args);
      return undefined;
    }
    if (!isFrameworkEvent(name)) return this.bus.deliver(peer.name, name, args);
    if (!this.membership.mayPublish(peer, name, args)) {
      this.core.counters.forged += 1;
      this.core.warnings.tell(
        `forged ${peer.name} ${name}`,
        `dropped an event ${name} from ${peer.name}: it is not its to publish`,
      );
      return undefined;
    }
    const handling = this.bus.deliver(peer.name, name, args);
    this.membership.noteDelivered(peer, name);
    return handling;
  }

  #tellLoss({ name, id, count, reason }: Loss): void {
    this.core.tracer.record('lost', { peer: name, count, reason });
    this.core.diagnostics.warn(`${count} events between ${this.core.name} and ${name} (${id}) are lost: ${reason}`);
    this.bus.raise('Muster::events_lost', [name, id, count, reason]);
  }

  #listener(): PeeringListener {
    return {
      up: (peering, id) => {
        this.membership.peerUp(peering, id);
        this.stores.peerUp(peering);
        this.logs.peerUp(peering);
        this.subscriber.progress();
      },
      down: (peering, id, { reason, isFarewell }) => {
        const message = `${peering.name} is down: ${reason}`;
        if (isFarewell) this.core.diagnostics.debug(message);
        else this.core.warnings.tell(`down ${peering.name}`, message);
        this.stores.peerDown(peering);
        this.logs.peerDown(peering);
        this.control.peerDown(peering);
        this.membership.peerDown(peering, id);
        this.peerings.gone(peering);
      },
      routesChanged: () => this.router.invalidate(),
      relieved: () => {
        this.room.relieved();
        this.stores.relieved();
        this.subscriber.progress();
        this.#onRelief?.();
      },
      lost: ({ name, id }, count, reason) => this.#losses.note({ name, id, count, reason }),
      nameTaken: (peering, reason) => {
        if (this.#decidesNames(peering)) {
          this.#fail(
            new MusterError('MUSTER_NAME_TAKEN', `${peering.name} refuses this node: ${reason}. Stop one of the two.`),
          );
        }
      },
    };
  }

  /** Of two processes under one name, the one that the manager has must win everywhere; without one, the first logger's. */
  #decidesNames(peering: Peering): boolean {
    const manager = [...this.peerings].find(({ nodeType }) => nodeType === 'manager');
    if (manager !== undefined) return peering === manager;
    const loggers = [...this.peerings].filter(({ nodeType }) => nodeType === 'logger').map(({ name }) => name);
    return peering.name === loggers.sort()[0];
  }

  #firstSubscriptions(): string[] {
    const { name, id, nodeType, options } = this.core;
    if (name === '') return [];
    const ofType: Partial<Record<NodeType, string>> = {
      logger: options.loggerTopic,
      manager: options.managerTopic,
      proxy: options.proxyTopic,
      worker: options.workerTopic,
      timeMachine: options.timeMachineTopic,
    };
    const typeTopic = ofType[nodeType];
    return [
      ...(typeTopic === undefined ? [] : [typeTopic]),
      ...(isLoggerInstead(this.core, this.core.layout) ? [options.loggerTopic] : []),
      `${options.nodeTopicPrefix}${name}/`,
      `${options.nodeidTopicPrefix}${id}/`,
      options.clusterStartedTopic,
    ];
  }
}

function noRefusals(): Record<RefusalKind, number> {
  return Object.fromEntries(refusalKinds.map((kind) => [kind, 0])) as Record<RefusalKind, number>;
}

function show({ ip, port }: { ip: string; port: number }): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
}
