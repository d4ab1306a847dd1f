/**
 * Secured initiator: a link to a peer that has to prove its key, from the side that opens it.
 * While the peer's key is being replaced it may have either of two, and for a moment it does not listen: so both are tried,
 * the newest first, again and again, until whoever wants the link gives up.
 *
 *   knocking → sealed → over        knocking → waiting → knocking, with the next key        (any) → over
 */
import type { TimerHandle } from '../runtime.js';
import type { Address, ConnectHandlers, Link } from '../transport/transport.js';
import { handshakeCode, type Knock, knock } from './link-handshake.js';
import { checkSize, frameOf, SecuredLink } from './secured-link.js';
import type { SecuritySetup } from './secured-transport.js';

/** Between two attempts while a key is being replaced, in ms. */
const pause = 100;

export interface SecuredCall {
  readonly address: Address;
  readonly peer: string;
  readonly handlers: ConnectHandlers;
  /** Nothing is left of it. */
  ended(): void;
}

export class SecuredInitiator implements Link {
  readonly peer: string;
  readonly #setup: SecuritySetup;
  readonly #call: SecuredCall;
  readonly #keys: readonly string[];
  #tried = 0;
  #link: Link | undefined;
  #knock: Knock | undefined;
  #secured: SecuredLink | undefined;
  #isOver = false;
  #timer: TimerHandle;
  /** Frames that wait until the link is sealed. */
  #waiting: Uint8Array[] = [];

  constructor(setup: SecuritySetup, call: SecuredCall) {
    this.#setup = setup;
    this.#call = call;
    this.peer = call.peer;
    this.#keys = setup.ring.keysOf(call.peer);
    if (this.#keys.length > 0) this.#try();
    else setup.runtime.endOfTurn(() => this.#lose(`no key of ${call.peer} is accepted`));
  }

  get id(): string {
    return this.#link?.id ?? '';
  }

  send(frame: Uint8Array): void {
    if (this.#isOver) return;
    checkSize(frame, this.#setup.transport);
    if (this.#secured === undefined) this.#waiting.push(frame);
    else this.#secured.send(frame);
  }

  close(): void {
    if (this.#end()) this.#link?.close();
  }

  /** The keys of this node have been replaced: ends the link if the peer's is gone. */
  review(): void {
    const key = this.#secured?.key;
    if (key === undefined || this.#setup.ring.nameOf(key) === this.peer) return;
    this.#link?.close();
    this.#lose(`the key of ${this.peer} is not accepted any more`);
  }

  #try(): void {
    const { transport, ring } = this.#setup;
    const { address, peer } = this.#call;
    const serverKey = this.#keys[this.#tried % this.#keys.length] ?? '';
    this.#tried += 1;
    const { publicKey, secretKey } = ring.own;
    const link: Link = transport.connect(
      address,
      {
        open: () => this.#greet(link, serverKey),
        frame: (frame) => {
          if (link === this.#link && !this.#isOver) this.#take(link, frame, serverKey);
        },
        hint: (reason) => this.#call.handlers.hint(reason),
        lost: (reason) => {
          if (link === this.#link) this.#fail(reason);
        },
      },
      peer,
      { publicKey, secretKey: secretKey.reveal(), serverKey },
    );
    this.#link = link;
  }

  #greet(link: Link, serverKey: string): void {
    if (this.#isOver) return;
    this.#knock = knock(this.#setup.ring, serverKey, link.id);
    link.send(frameOf(this.#setup.transport.headroom, this.#knock.frame));
  }

  #take(link: Link, frame: Uint8Array, key: string): void {
    const { headroom } = this.#setup.transport;
    if (this.#secured !== undefined) {
      const opened = this.#secured.open(frame);
      if (opened === undefined) this.#drop(`${this.peer} sent a frame that is not sealed for this link`);
      else if (opened[headroom] === handshakeCode.refusal)
        this.#drop(wordsOf(this.peer, opened.subarray(headroom + 1)));
      else this.#call.handlers.frame(opened);
      return;
    }
    const payload = frame.subarray(headroom);
    if (payload[0] === handshakeCode.refusal) {
      this.#drop(wordsOf(this.peer, payload.subarray(1)));
      return;
    }
    const seals = this.#knock?.seals(payload);
    if (seals === undefined) {
      this.#drop(`what listens in the place of ${this.peer} does not prove that it has its key`);
      return;
    }
    this.#secured = new SecuredLink(link, { peer: this.peer, key, seals }, this.#setup.transport);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const held of waiting) this.#secured.send(held);
    this.#call.handlers.open();
  }

  #fail(reason: string): void {
    if (this.#secured === undefined && !this.#isOver && this.#keys.length > 1) {
      this.#timer = this.#setup.runtime.setTimeout(() => this.#try(), pause);
    } else {
      this.#lose(reason);
    }
  }

  #drop(reason: string): void {
    this.#link?.close();
    this.#fail(reason);
  }

  #lose(reason: string): void {
    if (this.#end()) this.#call.handlers.lost(reason);
  }

  /** @returns whether it was not over before. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#setup.runtime.clearTimeout(this.#timer);
    this.#call.ended();
    return true;
  }
}

function wordsOf(peer: string, words: Uint8Array): string {
  return `${peer} refuses: ${Buffer.from(words).toString('utf8').slice(0, 1_024)}`;
}
