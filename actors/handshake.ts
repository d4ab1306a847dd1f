/**
 * Handshake: what two nodes say to each other before both have accepted: hello, hello, accept, or why not. What follows for
 * the peering is for its machine to say: it is told the facts.
 */
import type { PeeringEvent } from '../machines/peering.js';
import { frameCode, type Hello, misplaced, type Reject } from '../transport/frames/frames.js';
import { readHello, readReject } from '../transport/frames/reader.js';
import type { FrameWriter } from '../transport/frames/writer.js';
import { whyRefused } from './admission.js';
import type { Announcements } from './announcements.js';
import type { NodeCore } from './node-core.js';
import type { PeerLinks } from './peer-links.js';
import type { Peering } from './peering.js';

export interface HandshakeSetup {
  readonly core: NodeCore;
  readonly peering: Peering;
  readonly links: PeerLinks;
  readonly announcements: Announcements;
  readonly write: FrameWriter;
  tell(
    fact: Extract<PeeringEvent, { type: 'hello.received' | 'hello.refused' | 'accept.received' | 'bye.received' }>,
  ): void;
  rejected(reject: Reject): void;
}

export class Handshake {
  readonly #setup: HandshakeSetup;
  #hello: Hello | undefined;

  constructor(setup: HandshakeSetup) {
    this.#setup = setup;
  }

  /** The peer's, on the present link. */
  get hello(): Hello | undefined {
    return this.#hello;
  }

  /** A caller's link is the present one from now on. */
  adopt(link: string): void {
    this.#hello = this.#setup.links.adopt(link) ?? this.#hello;
  }

  /** Another process under the peer's name has said hello, while the peer is up. */
  rejectCaller(link: string): void {
    const { core, peering, links } = this.#setup;
    const reason = `the name ${peering.name} is taken by a node that is up (${peering.id})`;
    core.tracer.record('refused', { from: peering.name, reason });
    const hello = links.reject(link, { code: 'name-taken', reason });
    core.counters.refusedHellos['name taken'] += 1;
    core.warnings.tell(`twin ${peering.name}`, `refused a hello of ${hello?.id}: ${reason}`);
  }

  sendHello(): void {
    const { core, peering, links, announcements, write } = this.#setup;
    // The acceptor knows whom it answers; the initiator can only speak of the lifetime that it knew last.
    const session = peering.session.describe(peering.isInitiator ? peering.id : (this.#hello?.id ?? ''));
    links.send(
      write.hello({
        cluster: core.options.clusterName,
        from: core.name,
        to: peering.name,
        id: core.id,
        nodeType: core.nodeType,
        ...announcements.tellAll(),
        credit: core.options.creditWindow,
        clusterStarted: core.clusterStarted,
        ...(session !== undefined && { session }),
      }),
    );
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` for what cannot be said, or not now */
  take(frame: Uint8Array): void {
    const { core, peering, tell, rejected } = this.#setup;
    const { headroom } = core.transport;
    const code = frame[headroom];
    if (code === frameCode.hello && peering.isInitiator) this.#takeHello(readHello(frame, headroom));
    else if (code === frameCode.accept && !peering.isInitiator) tell({ type: 'accept.received' });
    else if (code === frameCode.reject) rejected(readReject(frame, headroom));
    else if (code === frameCode.bye) tell({ type: 'bye.received' });
    else throw misplaced(code, 'before both have accepted');
  }

  #takeHello(hello: Hello): void {
    const { core, peering, links, write, tell } = this.#setup;
    const why = whyRefused(hello, peering, core) ?? peering.session.whyImpossible(hello);
    if (why === undefined) {
      this.#hello = hello;
      tell({ type: 'hello.received', link: links.id, id: hello.id });
      return;
    }
    core.counters.refusedHellos[why.kind] += 1;
    core.tracer.record('refused', { from: peering.name, reason: why.reason });
    links.send(write.reject({ code: 'refused', reason: why.reason }));
    tell({ type: 'hello.refused', reason: why.reason });
  }
}
