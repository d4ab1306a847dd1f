/**
 * Peerings: all peerings of one node, by name of the peer.
 * Makes them from the layout, listens, hands each new link to the peering whose hello it carries, and looks at regular
 * intervals who has gone quiet. When the layout changes, it begins and ends peerings and leaves the others alone.
 */
import { MusterError, messageOf } from '../errors.js';
import { RateMeter } from '../keys/rate-meter.js';
import { addressOf, type PeeringPlan, peeringChanges, peeringsOf } from '../layout/difference.js';
import type { Layout, NamedNode, Node } from '../layout/types.js';
import type { TimerHandle } from '../runtime.js';
import { frameCode, type Hello, protocolVersion } from '../transport/frames/frames.js';
import { readHello } from '../transport/frames/reader.js';
import { FrameWriter } from '../transport/frames/writer.js';
import type { Address, Link, LinkHandlers, Listener, Refused } from '../transport/transport.js';
import { type Refusal, whyRefused } from './admission.js';
import { kindOf } from './kinds.js';
import type { NodeCore } from './node-core.js';
import { tellCounters } from './node-trace.js';
import type { Part } from './part.js';
import { Peering, type PeeringListener } from './peering.js';

/** The trace is told so often what has passed, in ms. */
const countersInterval = 1_000;

export class Peerings implements Iterable<Peering>, Part {
  readonly #core: NodeCore;
  readonly #peeringListener: PeeringListener;
  /** Those that the layout asks for, vetoed ones excepted. */
  readonly #plans = new Map<string, PeeringPlan>();
  readonly #byName = new Map<string, Peering>();
  /** Those that the layout has no more, or not so: they end with their links, or when their time is over. */
  readonly #retiring = new Map<Peering, TimerHandle>();
  readonly #write: FrameWriter;
  readonly #hellos: RateMeter;
  #listener: Listener | undefined;
  #ticker: TimerHandle | undefined;
  #isStarted = false;
  /** ms since the trace was told what has passed. */
  #sinceCounted = 0;

  constructor(core: NodeCore, listener: PeeringListener) {
    this.#core = core;
    this.#peeringListener = listener;
    this.#hellos = new RateMeter(core.runtime, core.options.maxHelloRate);
    this.#write = new FrameWriter(core.transport.headroom);
    for (const plan of peeringsOf(core.layout, core.name).values()) this.#add(plan);
  }

  [Symbol.iterator](): Iterator<Peering> {
    return this.#byName.values();
  }

  get(name: string): Peering | undefined {
    return this.#byName.get(name);
  }

  /** Those that the layout asks for, whether they are there already or not. */
  get planned(): readonly PeeringPlan[] {
    return [...this.#plans.values()];
  }

  /** Where the node listens, once it does. */
  get address(): Address | undefined {
    return this.#listener?.address;
  }

  /** @throws {@link MusterError} `MUSTER_PORT_TAKEN` or `MUSTER_LISTEN_FAILED` */
  async listen(): Promise<void> {
    const own = this.#core.layout[this.#core.name];
    if (own?.port === undefined) return;
    const { ip, port, zoneId } = addressOf(own);
    const bind = own.listenAddress ?? ip;
    const address = { ip: bind, port, ...(zoneId !== undefined && bind === ip && { zoneId }) };
    try {
      this.#listener = await this.#core.transport.listen(address, {
        link: (link, frame) => this.#greet(link, frame),
        refused: (what, reason) => this.#noteRefused(what, reason),
        garbage: (reason, count) => {
          this.#core.counters.garbage += count;
          this.#core.diagnostics.warn(`on port ${port}, not of this cluster: ${reason}${times(count)}`);
        },
      });
    } catch (error) {
      if (error instanceof MusterError) throw this.#cannotListen(error);
      throw error;
    }
  }

  start(): void {
    this.#isStarted = true;
    for (const peering of this) peering.start();
    this.#tick(Math.min(1_000, this.#core.options.unresponsiveInterval / 4));
  }

  /** Says bye to all. Nothing more is told of any peering. */
  leave(): void {
    const { runtime } = this.#core;
    runtime.clearTimeout(this.#ticker);
    for (const timer of this.#retiring.values()) runtime.clearTimeout(timer);
    this.#retiring.clear();
    for (const peering of this) peering.leave();
  }

  #count(interval: number): void {
    this.#sinceCounted += interval;
    if (this.#sinceCounted < countersInterval) return;
    this.#sinceCounted = 0;
    tellCounters(this.#core, this);
  }

  /**
   * The node has another layout than `before`. Peers that go are to leave by themselves, so that nothing on its way is lost;
   * one that has not after `leaveTimeout` is told bye.
   */
  follow(before: Layout): void {
    const { layout, name } = this.#core;
    const { ends, begins } = peeringChanges(before, layout, name);
    const plans = peeringsOf(layout, name);
    for (const peer of ends) {
      this.#plans.delete(peer);
      this.#retire(peer);
    }
    for (const peer of begins) this.#add(plans.get(peer) as PeeringPlan);
  }

  /** If the layout has it no more, that was its end. */
  peerDown(peering: Peering): void {
    if (this.#retiring.has(peering)) this.#end(peering);
  }

  #add(plan: PeeringPlan): void {
    if (plan.address !== undefined && this.#isVetoed(plan.name)) return;
    this.#plans.set(plan.name, plan);
    // Until the one before it has ended.
    if (!this.#byName.has(plan.name)) this.#begin(plan);
  }

  #begin(plan: PeeringPlan): void {
    const peering = new Peering(this.#core, this.#peeringListener, plan);
    this.#byName.set(plan.name, peering);
    if (this.#isStarted) peering.start();
  }

  #retire(name: string): void {
    const peering = this.#byName.get(name);
    if (peering === undefined || this.#retiring.has(peering)) return;
    const { runtime, options } = this.#core;
    this.#retiring.set(
      peering,
      runtime.setTimeout(() => this.#end(peering), options.leaveTimeout),
    );
    if (!peering.isUp) this.#end(peering);
  }

  #end(peering: Peering): void {
    this.#core.runtime.clearTimeout(this.#retiring.get(peering));
    this.#retiring.delete(peering);
    this.#byName.delete(peering.name);
    peering.remove();
    const plan = this.#plans.get(peering.name);
    if (plan !== undefined) this.#begin(plan);
  }

  /** Time is counted in intervals that this node lived through, so that one in which it was stuck condemns nobody. */
  #tick(interval: number): void {
    this.#ticker = this.#core.runtime.setTimeout(() => {
      for (const peering of this) peering.tick(interval);
      this.#count(interval);
      this.#tick(interval);
    }, interval);
  }

  #cannotListen({ code, message, cause }: MusterError): MusterError {
    const advice = `The layout gives it to ${this.#core.name}: end what listens there, or change the layout.`;
    return new MusterError(code, `${this.#core.name} cannot listen: ${message}. ${advice}`, { cause });
  }

  #isVetoed(name: string): boolean {
    const { connectNode } = this.#core.options;
    const peer: NamedNode = { name, node: this.#core.layout[name] as Node };
    try {
      return connectNode?.(peer) === false;
    } catch (thrown) {
      this.#core.diagnostics.error(`connectNode threw for ${name}, so the peering is made: ${messageOf(thrown)}`);
      return false;
    }
  }

  #greet(link: Link, frame: Uint8Array): LinkHandlers | undefined {
    const { headroom } = this.#core.transport;
    let hello: Hello;
    try {
      hello = readHello(frame, headroom);
    } catch (thrown) {
      const isOfOtherVersion = frame[headroom] === frameCode.hello && frame[headroom + 1] !== protocolVersion;
      const kind = isOfOtherVersion ? 'protocol version' : 'malformed';
      return this.#refuse(link, 'malformed', { kind, reason: messageOf(thrown) });
    }
    const why = whyRefused(hello, undefined, this.#core);
    if (why !== undefined) return this.#refuse(link, hello.from, why);
    const known = this.#byName.get(hello.from);
    // Whoever says hello as the new layout wants it need not wait for the end of the old peering.
    if (known !== undefined && this.#retiring.has(known) && known.id !== hello.id) this.#end(known);
    const peering = this.#byName.get(hello.from);
    if (peering === undefined || peering.isInitiator) {
      const reason = `${hello.from} does not connect to ${this.#core.name} in this layout`;
      return this.#refuse(link, hello.from, { kind: 'no peering', reason });
    }
    if (link.peer !== undefined && link.peer !== hello.from) {
      const reason = `${link.peer} says that it is ${hello.from}: it has not the key for that`;
      return this.#refuse(link, link.peer, { kind: 'no proof of key', reason });
    }
    // Links that are proved have been counted before.
    if (link.peer === undefined && !this.#hellos.takes(hello.from)) {
      const { maxHelloRate } = this.#core.options;
      const reason = `${hello.from} says more than ${maxHelloRate} hellos a second (maxHelloRate)`;
      return this.#refuse(link, hello.from, { kind: 'too often', reason });
    }
    const impossible = peering.session.whyImpossible(hello);
    if (impossible !== undefined) return this.#refuse(link, hello.from, impossible);
    const { tracer } = this.#core;
    const received = { peer: hello.from, link: link.id, number: 1, frame: 'hello' };
    return tracer.handle('received', received, () => peering.call(link, hello));
  }

  #noteRefused(what: Refused, reason: string): void {
    const { counters, warnings, tracer } = this.#core;
    if (what === 'frame') counters.foreignFrames += 1;
    else if (what === 'excess') counters.refusedHellos['too often'] += 1;
    else if (what === 'proof') counters.refusedHellos['no proof of key'] += 1;
    else counters.refusedConnections[what] += 1;
    if (what !== 'frame') tracer.record('refused', { from: '', reason });
    warnings.tell(`refused ${kindOf(reason)}`, `${what === 'frame' ? 'dropped' : 'refused'} ${reason}`);
  }

  #refuse(link: Link, from: string, { kind, reason }: Refusal): undefined {
    this.#core.counters.refusedHellos[kind] += 1;
    this.#core.tracer.record('refused', { from, reason });
    this.#core.warnings.tell(`refused ${kindOf(reason)}`, `refused a hello: ${reason}`);
    this.#core.diagnostics.debug(`refused a hello on link ${link.id} from ${from}`);
    link.send(this.#write.reject({ code: 'refused', reason: reason.slice(0, 1_024) }));
    link.close();
  }
}

function times(count: number): string {
  return count > 1 ? ` (${count} times)` : '';
}
