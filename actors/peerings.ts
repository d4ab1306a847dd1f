/**
 * Peerings: all peerings of one node, by name of the peer.
 * Makes them from the layout, listens, hands each new link to the peering whose hello it carries, and looks at regular
 * intervals who has gone quiet.
 */
import { MusterError, messageOf } from '../errors.js';
import { RateMeter } from '../keys/rate-meter.js';
import { acceptsFrom, connectsTo } from '../layout/topology.js';
import type { NamedNode, Node } from '../layout/types.js';
import type { TimerHandle } from '../runtime.js';
import { frameCode, type Hello, protocolVersion } from '../transport/frames/frames.js';
import { readHello } from '../transport/frames/reader.js';
import { FrameWriter } from '../transport/frames/writer.js';
import type { Address, Link, LinkHandlers, Listener, Refused } from '../transport/transport.js';
import { type Refusal, whyRefused } from './admission.js';
import { kindOf } from './kinds.js';
import type { NodeCore } from './node-core.js';
import { tellCounters } from './node-trace.js';
import { Peering, type PeeringListener } from './peering.js';

/** The trace is told so often what has passed, in ms. */
const countersInterval = 1_000;

export class Peerings implements Iterable<Peering> {
  readonly #core: NodeCore;
  readonly #byName = new Map<string, Peering>();
  readonly #write: FrameWriter;
  readonly #hellos: RateMeter;
  #listener: Listener | undefined;
  #ticker: TimerHandle | undefined;
  /** ms since the trace was told what has passed. */
  #sinceCounted = 0;

  constructor(core: NodeCore, listener: PeeringListener) {
    this.#core = core;
    this.#hellos = new RateMeter(core.runtime, core.options.maxHelloRate);
    this.#write = new FrameWriter(core.transport.headroom);
    const add = (name: string, connects: boolean) => {
      const node = core.layout[name] as Node;
      const address = connects ? addressOf(node) : undefined;
      const spec = { name, nodeType: node.nodeType, ...(address !== undefined && { address }) };
      this.#byName.set(name, new Peering(core, listener, spec));
    };
    if (!Object.hasOwn(core.layout, core.name)) return;
    for (const name of connectsTo(core.layout, core.name)) if (!this.#isVetoed(name)) add(name, true);
    for (const name of acceptsFrom(core.layout, core.name)) add(name, false);
  }

  [Symbol.iterator](): Iterator<Peering> {
    return this.#byName.values();
  }

  get(name: string): Peering | undefined {
    return this.#byName.get(name);
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
        garbage: (reason, count) =>
          this.#core.diagnostics.warn(`on port ${port}, not of this cluster: ${reason}${times(count)}`),
      });
    } catch (error) {
      if (error instanceof MusterError) throw this.#cannotListen(error);
      throw error;
    }
  }

  start(): void {
    for (const peering of this) peering.start();
    this.#tick(Math.min(1_000, this.#core.options.unresponsiveInterval / 4));
  }

  /** Says bye to all. Nothing more is told of any peering. */
  leave(): void {
    this.#core.runtime.clearTimeout(this.#ticker);
    for (const peering of this) peering.leave();
  }

  #count(interval: number): void {
    this.#sinceCounted += interval;
    if (this.#sinceCounted < countersInterval) return;
    this.#sinceCounted = 0;
    tellCounters(this.#core, this);
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
    if (what === 'connection') counters.refusedConnections += 1;
    else if (what === 'frame') counters.foreignFrames += 1;
    else counters.refusedHellos[what === 'excess' ? 'too often' : 'no proof of key'] += 1;
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

function addressOf({ ip, port = 0, zoneId }: Node): Address {
  return { ip, port, ...(zoneId !== undefined && { zoneId }) };
}

function times(count: number): string {
  return count > 1 ? ` (${count} times)` : '';
}
