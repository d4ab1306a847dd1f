/**
 * Peering: runs the chart of one peering over real links: does what the machine emits, and tells the other parts of the node.
 * What the peer says is read by the {@link Handshake}, and by the {@link Dialogue} while it is up; what outlives links is the
 * {@link PeerSession}'s. So events of users pass by the machine.
 */
import { type Actor, createActor } from 'xstate';
import { MusterError, messageOf } from '../errors.js';
import type { PeeringPlan } from '../layout/difference.js';
import type { OverflowPolicy } from '../layout/options.js';
import { isControl } from '../layout/topology.js';
import type { NodeType } from '../layout/types.js';
import { acceptorMachine, initiatorMachine, type PeeringEmitted } from '../machines/peering.js';
import type { PeerTotals } from '../trace/record.js';
import type { Headers } from '../transport/codec.js';
import type { Hello, LossReason, Reject } from '../transport/frames/frames.js';
import { FrameWriter } from '../transport/frames/writer.js';
import type { Address, Link, LinkHandlers } from '../transport/transport.js';
import { recordChart } from './chart-recorder.js';
import { Dialogue } from './dialogue.js';
import { Handshake } from './handshake.js';
import { kindOf } from './kinds.js';
import type { NodeCore } from './node-core.js';
import type { Part } from './part.js';
import type { PeerCounters, PeerInfo, PeerState } from './peer-info.js';
import { PeerLinks } from './peer-links.js';
import { PeerSession } from './peer-session.js';
import type { RoundTrips } from './round-trips.js';
import type { PeerSubscriptions } from './subscriptions.js';

/** What the other parts of the node are told. */
export interface PeeringListener extends Pick<Required<Part>, 'peerUp' | 'peerDown' | 'relieved'> {
  /** An event has come, of `size` bytes. */
  deliver(
    peering: Peering,
    topic: string,
    name: string,
    args: unknown[],
    size: number,
    headers: Headers | undefined,
  ): Promise<unknown> | undefined;
  /** Which topics the peer gets may be different from now on. */
  routesChanged(): void;
  /** The peer knows of `cluster_started`. */
  sawStart(peering: Peering): void;
  lost(peering: Peering, count: number, reason: LossReason): void;
  /** A peer refuses this node since another process has its name. */
  nameTaken(peering: Peering, reason: string): void;
}

export class Peering {
  readonly name: string;
  readonly nodeType: NodeType;
  readonly isInitiator: boolean;
  /** What happens to events for which its buffer has no room. */
  readonly overflow: OverflowPolicy;
  readonly #core: NodeCore;
  readonly #listener: PeeringListener;
  readonly #address: Address | undefined;
  readonly #actor: Actor<typeof initiatorMachine> | Actor<typeof acceptorMachine>;
  readonly #write: FrameWriter;

  readonly #links: PeerLinks;
  readonly session: PeerSession;
  readonly #handshake: Handshake;
  readonly #dialogue: Dialogue;
  #isUp = false;
  #isUnresponsive = false;
  #since: number;
  #connections = 0;

  constructor(core: NodeCore, listener: PeeringListener, { name, nodeType, address }: PeeringPlan) {
    this.name = name;
    this.nodeType = nodeType;
    this.isInitiator = address !== undefined;
    const { overflow, overflowFor } = core.options;
    this.overflow = overflowFor[name] ?? overflowFor[nodeType] ?? overflow;
    this.#core = core;
    this.#listener = listener;
    this.#address = address;
    this.#write = new FrameWriter(core.transport.headroom);
    this.#since = core.runtime.now();
    this.#links = new PeerLinks({
      peer: name,
      transport: core.transport,
      tracer: core.tracer,
      write: this.#write,
      handlers: {
        open: () => this.#actor.send({ type: 'link.up' }),
        frame: (frame) => this.#take(frame),
        hint: (reason) => this.#actor.send({ type: 'link.hint', reason }),
        lost: (reason) => this.#actor.send({ type: 'link.lost', reason }),
      },
    });
    const { retryInterval, connectTimeout, helloTimeout, probeTimeout, silentInterval } = core.options;
    const input = { name, retryInterval, connectTimeout, helloTimeout, probeTimeout, silentInterval };
    const settings = { input, clock: core.runtime };
    this.#actor = this.isInitiator ? createActor(initiatorMachine, settings) : createActor(acceptorMachine, settings);
    const machine = this.isInitiator ? 'initiator' : 'acceptor';
    recordChart(core.tracer, this.#actor, { name: `peering ${name}`, machine, runtime: core.runtime });
    core.history.watch(this.#actor, `peering ${name}`);
    this.session = new PeerSession(core, {
      deliver: (topic, event, args, size, headers) => listener.deliver(this, topic, event, args, size, headers),
      lost: (count, reason) => listener.lost(this, count, reason),
      changed: () => listener.routesChanged(),
    });
    this.#dialogue = new Dialogue({
      core,
      links: this.#links,
      session: this.session,
      write: this.#write,
      tell: (fact) => this.#actor.send(fact),
      rejected: (reject) => this.#rejected(reject),
      routesChanged: () => listener.routesChanged(),
      relieved: () => listener.relieved(),
    });
    this.#handshake = new Handshake({
      core,
      peering: this,
      links: this.#links,
      announcements: this.#dialogue.announcements,
      write: this.#write,
      tell: (fact) => this.#actor.send(fact),
      rejected: (reject) => this.#rejected(reject),
    });
    this.#actor.subscribe({ error: (error) => core.diagnostics.error(`peering with ${name}: ${messageOf(error)}`) });
    this.#actor.on('*', (emitted) => this.#do(emitted));
  }

  start(): void {
    this.#actor.start();
  }

  /** Id of its present lifetime, or of the last one that was up; empty before the first. */
  get id(): string {
    return this.session.id;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** What the peer subscribes to. */
  get subscriptions(): PeerSubscriptions {
    return this.#dialogue.subscriptions;
  }

  /** Revision of our own subscriptions that the peer has confirmed. */
  get confirmedRevision(): number {
    return this.#dialogue.announcements.confirmed;
  }

  get roundTrips(): RoundTrips {
    return this.#dialogue.roundTrips;
  }

  /** When it came into its present state: ms since 1970. */
  get since(): number {
    return this.#since;
  }

  get state(): PeerState {
    const { value } = this.#actor.getSnapshot();
    if (typeof value === 'string') return value === 'closed' ? 'down' : (value as PeerState);
    return this.#isUnresponsive ? 'unresponsive' : 'up';
  }

  get info(): PeerInfo {
    const { name, id, nodeType, state, since } = this;
    return { name, id, type: nodeType, state, since, counters: this.#counters };
  }

  get #counters(): PeerCounters {
    const { eventsOut, eventsIn, unacknowledged, lost } = this.session;
    const { framesOut, framesIn, bytesOut, bytesIn } = this.#links;
    const connections = this.#connections;
    return { eventsOut, eventsIn, framesOut, framesIn, bytesOut, bytesIn, unacknowledged, lost, connections };
  }

  /** For the trace. */
  get totals(): PeerTotals {
    const { lost, ...counters } = this.#counters;
    const { last } = this.roundTrips;
    return {
      ...counters,
      lost: Object.values(lost).reduce((sum, count) => sum + count, 0),
      fill: 100 * (this.session.channel?.outbox.fill() ?? 0),
      ...(last !== undefined && { roundTrip: last }),
    };
  }

  /** A link on which the peer has said hello, checked and found right. */
  call(link: Link, hello: Hello): LinkHandlers {
    const handlers = this.#links.call(link, hello);
    this.#actor.send({ type: 'hello.received', link: link.id, id: hello.id });
    return handlers;
  }

  /** Tells the peer of a change of our own subscriptions, if it is up; a later hello tells it all. */
  announce(kind: 'subscribe' | 'unsubscribe', prefix: string, revision: number): void {
    if (this.#isUp) this.#dialogue.announcements.tell(kind, prefix, revision);
  }

  /** Called at regular intervals of `interval` ms in which this node was able to read. */
  tick(interval: number): void {
    if (!this.#isUp) return;
    const quietFor = this.#dialogue.tick(interval);
    if (quietFor >= this.#core.options.unresponsiveInterval) {
      this.#actor.send({ type: 'link.quiet', duration: quietFor });
    }
  }

  /** Its buffer is full, and its policy is to give it up for that. */
  disconnect(): void {
    this.session.end('buffer full');
    this.#actor.send({ type: 'buffer.overflowed' });
  }

  /** The layout has it no more: says bye and ends. What the peer has not acknowledged is lost. */
  remove(): void {
    this.leave();
    this.session.end('peer left');
  }

  /** Says bye and ends. */
  leave(): void {
    // What has been handled is no loss of the peer's.
    if (this.#isUp) this.session.channel?.acknowledge();
    this.#actor.send({ type: 'local.leaving' });
    this.session.close();
  }

  #do(emitted: PeeringEmitted): void {
    switch (emitted.type) {
      case 'link.open':
        this.#since = this.#core.runtime.now();
        this.#links.open(this.#address as Address);
        break;
      case 'link.adopt':
        this.#handshake.adopt(emitted.link);
        break;
      case 'link.close':
        this.#links.close({ code: 'superseded', reason: 'this link has been given up' });
        break;
      case 'link.probe':
        this.#core.diagnostics.debug(`${this.name}: ${emitted.reason}; asking whether it is there`);
        this.#dialogue.liveness.probe();
        break;
      case 'link.judge':
        this.#judge(this.#dialogue.liveness.nonce);
        break;
      case 'hello.send':
        this.#handshake.sendHello();
        break;
      case 'accept.send':
        this.#links.send(this.#write.accept());
        break;
      case 'caller.reject':
        this.#handshake.rejectCaller(emitted.link);
        break;
      case 'bye.send':
        this.#links.send(this.#write.bye(this.session.farewell));
        break;
      case 'peer.up':
        this.#up(emitted.id);
        break;
      case 'peer.down':
        this.#down(emitted);
        break;
      case 'peer.unresponsive':
        this.#isUnresponsive = true;
        this.#core.diagnostics.warn(
          `${this.name} is unresponsive: it has sent nothing for ${this.#dialogue.liveness.quietFor / 1_000} s, but its link stands`,
        );
        break;
      case 'peer.responsive':
        if (this.#isUnresponsive) this.#core.diagnostics.info(`${this.name} is responsive again`);
        this.#isUnresponsive = false;
        break;
      case 'attempt.failed':
        this.#since = this.#core.runtime.now();
        this.#tellFailure(`no peering with ${this.name}: ${emitted.reason}`);
        break;
      default:
        emitted satisfies never;
    }
  }

  /** Control nodes are there when somebody asks: that one is not is no news. */
  #tellFailure(message: string): void {
    if (isControl(this.nodeType)) this.#core.diagnostics.debug(message);
    else this.#core.warnings.tell(`attempt ${this.name}`, message);
  }

  #judge(probe: number): void {
    void this.#core.transport.settled().then(() => {
      const isActive = this.#actor.getSnapshot().status === 'active';
      if (isActive && probe === this.#dialogue.liveness.nonce) this.#actor.send({ type: 'link.judged' });
    });
  }

  #up(id: string): void {
    const hello = this.#handshake.hello as Hello;
    this.#isUp = true;
    this.#core.warnings.forget(`attempt ${this.name}`);
    this.#since = this.#core.runtime.now();
    this.#connections += 1;
    this.#dialogue.begin(hello);
    if (hello.clusterStarted) this.#listener.sawStart(this);
    this.#listener.routesChanged();
    this.#listener.peerUp(this, id);
  }

  #down({ id, reason, isFarewell }: { id: string; reason: string; isFarewell: boolean }): void {
    this.#isUp = false;
    this.#isUnresponsive = false;
    this.#since = this.#core.runtime.now();
    this.session.suspend();
    this.#listener.routesChanged();
    const message = `${this.name} is down: ${reason}`;
    if (isFarewell) this.#core.diagnostics.debug(message);
    else this.#core.warnings.tell(`down ${this.name}`, message);
    this.#listener.peerDown(this, id);
    this.#listener.relieved();
  }

  #take(frame: Uint8Array): void {
    if (this.#isUnresponsive) this.#actor.send({ type: 'link.heard' });
    try {
      if (this.#isUp) this.#dialogue.take(frame);
      else this.#handshake.take(frame);
    } catch (thrown) {
      const isLimit = thrown instanceof MusterError && thrown.code === 'MUSTER_SUBSCRIPTION_LIMIT';
      if (isLimit) this.#core.counters.refusedSubscriptions += 1;
      this.#violated(messageOf(thrown));
    }
  }

  #rejected({ code, reason }: Reject): void {
    if (code === 'name-taken') this.#listener.nameTaken(this, reason);
    this.#actor.send({ type: 'reject.received', reason: `${this.name} refuses: ${reason}` });
  }

  #violated(reason: string): void {
    const { warnings } = this.#core;
    warnings.tell(`violation ${this.name} ${kindOf(reason)}`, `${this.name} breaks the protocol: ${reason}`);
    this.#core.counters.violations += 1;
    this.#links.send(this.#write.reject({ code: 'protocol', reason }));
    this.#actor.send({ type: 'protocol.violated', reason });
  }
}
