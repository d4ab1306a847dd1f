/**
 * Dialogue: what two nodes say to each other while their peering is up. Takes each frame of the peer to what it is for, and
 * asks it for a sign of life. What follows for the peering is for its machine to say: it is told the facts.
 */
import type { PeeringEvent } from '../machines/peering.js';
import type { Channel } from '../transport/channel/channel.js';
import { frameCode, type Hello, misplaced, type Reject } from '../transport/frames/frames.js';
import { readBye, readNonce, readReject, readSubscription } from '../transport/frames/reader.js';
import type { FrameWriter } from '../transport/frames/writer.js';
import { Announcements } from './announcements.js';
import { Liveness } from './liveness.js';
import type { NodeCore } from './node-core.js';
import type { PeerLinks } from './peer-links.js';
import type { PeerSession } from './peer-session.js';
import { RoundTrips } from './round-trips.js';
import { PeerSubscriptions } from './subscriptions.js';

export interface DialogueSetup {
  readonly core: NodeCore;
  readonly links: PeerLinks;
  readonly session: PeerSession;
  readonly write: FrameWriter;
  tell(fact: Extract<PeeringEvent, { type: 'link.answered' | 'bye.received' }>): void;
  rejected(reject: Reject): void;
  /** Which topics the peer gets may be different from now on. */
  routesChanged(): void;
  /** The peer has acknowledged something. */
  relieved(): void;
}

export class Dialogue {
  /** What the peer subscribes to. */
  readonly subscriptions: PeerSubscriptions;
  /** What it knows of our own subscriptions. */
  readonly announcements: Announcements;
  readonly liveness: Liveness;
  readonly roundTrips: RoundTrips;
  readonly #setup: DialogueSetup;
  readonly #headroom: number;

  constructor(setup: DialogueSetup) {
    const { core, links, write } = setup;
    this.#setup = setup;
    this.#headroom = core.transport.headroom;
    this.subscriptions = new PeerSubscriptions(core.options);
    this.announcements = new Announcements({ own: core.subscriptions, write, send: (frame) => links.send(frame) });
    this.roundTrips = new RoundTrips(core.runtime);
    this.liveness = new Liveness((nonce) => {
      if (core.isMeasured || core.tracer.isOn) this.roundTrips.asked();
      links.send(write.ping(nonce));
    });
  }

  /** Both have accepted. */
  begin(hello: Hello): void {
    const { links, session } = this.#setup;
    this.liveness.begin(links.framesIn);
    this.roundTrips.begin();
    this.subscriptions.replace(hello.subscriptions);
    session.begin(hello, (frame) => links.send(frame));
    this.announcements.tellSince();
  }

  /** @returns for how long nothing has come from the peer, `interval` ms after the last time it was asked */
  tick(interval: number): number {
    const { framesIn, framesOut } = this.#setup.links;
    return this.liveness.tick(interval, framesIn, framesOut);
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` for what cannot be said, or not now */
  take(frame: Uint8Array): void {
    const headroom = this.#headroom;
    const channel = this.#setup.session.channel as Channel;
    const code = frame[headroom];
    switch (code) {
      case frameCode.events:
        channel.takeEvents(frame);
        this.#setup.relieved();
        break;
      case frameCode.chunk:
        channel.takeChunk(frame);
        this.#setup.relieved();
        break;
      case frameCode.gap:
        channel.takeGap(frame);
        break;
      case frameCode.ack:
        this.announcements.confirm(channel.takeAck(frame).revision);
        this.#setup.relieved();
        break;
      case frameCode.ping:
        this.#setup.links.send(this.#setup.write.pong(readNonce(frame, headroom)));
        break;
      case frameCode.pong:
        this.roundTrips.answered();
        if (readNonce(frame, headroom) === this.liveness.nonce) this.#setup.tell({ type: 'link.answered' });
        break;
      case frameCode.subscribe:
      case frameCode.unsubscribe: {
        const { prefix, revision } = readSubscription(frame, headroom);
        if (code === frameCode.subscribe) this.subscriptions.add(prefix);
        else this.subscriptions.delete(prefix);
        this.#setup.routesChanged();
        channel.confirm(revision);
        break;
      }
      case frameCode.bye:
        channel.inbox.end(readBye(frame, headroom));
        this.#setup.session.end('peer left');
        this.#setup.tell({ type: 'bye.received' });
        break;
      case frameCode.reject:
        this.#setup.rejected(readReject(frame, headroom));
        break;
      default:
        throw misplaced(code, 'while up');
    }
  }
}
