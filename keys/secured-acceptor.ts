/**
 * Secured acceptor: takes the links of those who prove their keys, and hands them on once they are sealed.
 * Nobody upstairs hears of a link before that. Frames that somebody else sends on a sealed link are dropped.
 */
import type { TimerHandle } from '../runtime.js';
import type { Link, LinkHandlers, ListenHandlers, Refused } from '../transport/transport.js';
import { answer, handshakeCode } from './link-handshake.js';
import { RateMeter } from './rate-meter.js';
import { frameOf, SecuredLink } from './secured-link.js';
import type { SecuritySetup } from './secured-transport.js';

interface Guest {
  readonly link: SecuredLink;
  /** Who is told of its frames: nobody before the first sealed one. */
  handlers: LinkHandlers | undefined;
  /** Set until then. */
  timer: TimerHandle;
}

export class SecuredAcceptor implements ListenHandlers {
  readonly #setup: SecuritySetup;
  readonly #handlers: ListenHandlers;
  readonly #guests = new Set<Guest>();
  readonly #knocks: RateMeter;

  constructor(setup: SecuritySetup, handlers: ListenHandlers) {
    this.#setup = setup;
    this.#handlers = handlers;
    this.#knocks = new RateMeter(setup.runtime, setup.maxHelloRate);
  }

  link(link: Link, firstFrame: Uint8Array): LinkHandlers | undefined {
    const { ring, runtime, transport, proofTimeout, maxHelloRate } = this.#setup;
    const { headroom } = transport;
    const answered = answer(ring, firstFrame.subarray(headroom), link.id);
    if (typeof answered === 'string') return this.#refuse('proof', link, `a link: ${answered}`);
    if (!this.#knocks.takes(answered.peer)) {
      return this.#refuse(
        'excess',
        link,
        `a link of ${answered.peer}: it begins more than ${maxHelloRate} a second (maxHelloRate)`,
      );
    }
    const secured = new SecuredLink(link, answered, transport, () => this.#forget(guest));
    const guest: Guest = {
      link: secured,
      handlers: undefined,
      timer: runtime.setTimeout(() => void this.#giveUp(guest), proofTimeout),
    };
    this.#guests.add(guest);
    link.send(frameOf(headroom, answered.frame));
    return {
      frame: (frame) => this.#take(guest, frame),
      hint: (reason) => guest.handlers?.hint(reason),
      lost: (reason) => guest.handlers?.lost(reason),
    };
  }

  garbage(reason: string, count: number): void {
    this.#handlers.garbage(reason, count);
  }

  /** The keys of this node have been replaced: ends the links whose key is gone, and tells their peers why. */
  review(): void {
    const { ring, transport } = this.#setup;
    for (const guest of [...this.#guests]) {
      const { link, handlers } = guest;
      if (ring.nameOf(link.key) === link.peer) continue;
      link.send(frameOf(transport.headroom, refusalOf('its key is not accepted any more')));
      link.close();
      handlers?.lost(`the key of ${link.peer} is not accepted any more`);
    }
  }

  close(): void {
    for (const { timer } of this.#guests) this.#setup.runtime.clearTimeout(timer);
    this.#guests.clear();
  }

  #take(guest: Guest, frame: Uint8Array): void {
    const { link } = guest;
    const opened = link.open(frame);
    if (opened === undefined) {
      this.#handlers.refused?.('frame', `a frame on a link of ${link.peer} that somebody else has sent`);
      return;
    }
    if (guest.handlers !== undefined) {
      guest.handlers.frame(opened);
      return;
    }
    this.#setup.runtime.clearTimeout(guest.timer);
    guest.timer = undefined;
    guest.handlers = this.#handlers.link(link, opened);
    if (guest.handlers === undefined) link.close();
  }

  /** Not before what has come meanwhile is taken: it may be this node that was stuck. */
  async #giveUp(guest: Guest): Promise<void> {
    await this.#setup.transport.settled();
    const { link, handlers } = guest;
    if (handlers !== undefined || !this.#guests.has(guest)) return;
    this.#refuse('proof', link, `a link of ${link.peer}: it did not complete the proof of its key in time`);
  }

  /** Both ends learn why. */
  #refuse(what: Refused, link: Link, reason: string): undefined {
    this.#handlers.refused?.(what, reason);
    link.send(frameOf(this.#setup.transport.headroom, refusalOf(reason)));
    link.close();
  }

  #forget(guest: Guest): void {
    this.#setup.runtime.clearTimeout(guest.timer);
    this.#guests.delete(guest);
  }
}

function refusalOf(words: string): Uint8Array {
  return Buffer.concat([Buffer.of(handshakeCode.refusal), Buffer.from(words)]);
}
