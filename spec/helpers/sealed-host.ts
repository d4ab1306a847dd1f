/**
 * Sealed host: who has taken over a node. He listens in its place, has its key, and so can do as it would on each link that a
 * peer of it opens; and can say there what he likes, sealed as it has to be or not.
 */
import { createHmac } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import type { KeyPair } from '../../keys/key-pair.js';
import { KeyRing } from '../../keys/key-ring.js';
import { type Answer, answer } from '../../keys/link-handshake.js';
import { decodeValue } from '../../transport/codec.js';
import { frameCode, type Reject } from '../../transport/frames/frames.js';
import { type Caller, HostileHost } from './hostile-host.js';
import { openPayload, sealPayload } from './sealed-payload.js';

/** Bytes of a knock before its proof, and of the proof. */
const knockBody = 98;
const proofSize = 16;

/** A link on which a peer has knocked, as it should. */
export class Guest {
  /** The right answer to his knock. */
  readonly challenge: Uint8Array;
  readonly knock: Uint8Array;
  /** Codes of all that he has said, sealed, so far; -1 for what does not open. */
  readonly said: number[] = [];
  /** Resolves with his first frame behind the knock, as it came. */
  readonly hello: Promise<Uint8Array>;
  /** Resolves when he has ended the link: with the reject that he gave, if he gave one. */
  readonly gone: Promise<Reject | undefined>;
  readonly #caller: Caller;
  readonly #ring: KeyRing;
  readonly #answer: Answer;

  constructor(caller: Caller, ring: KeyRing) {
    this.#caller = caller;
    this.#ring = ring;
    this.knock = caller.first;
    this.#answer = answerTo(ring, caller.first, caller.id);
    this.challenge = this.#answer.frame;
    let reject: Reject | undefined;
    this.hello = new Promise((resolve) => {
      caller.take = (payload) => {
        resolve(Uint8Array.from(payload));
        const opened = openPayload(this.#answer.seals, payload);
        this.said.push(opened?.[0] ?? -1);
        if (opened?.[0] === frameCode.reject) reject = decodeValue(opened.subarray(1)) as Reject;
      };
    });
    this.gone = new Promise((resolve) => {
      caller.gone = () => resolve(reject);
    });
  }

  /** What would be the right answer if this were another link. */
  challengeFor(link: string): Uint8Array {
    const shared = this.#ring.sharedWith(this.#answer.key);
    const key = createHmac('sha256', 'muster link 1').update(shared).digest();
    const body = this.knock.subarray(0, knockBody);
    const proof = createHmac('sha256', key).update(link).update(body).digest().subarray(0, proofSize);
    return answerTo(this.#ring, Buffer.concat([body, proof]), link).frame;
  }

  /** Sends these as they stand. */
  send(...payloads: readonly Uint8Array[]): void {
    for (const payload of payloads) this.#caller.send(payload);
  }

  seal(payload: Uint8Array): Uint8Array {
    return sealPayload(this.#answer.seals, payload);
  }

  /** Sends each of these, sealed. */
  say(...payloads: readonly Uint8Array[]): void {
    for (const payload of payloads) this.send(this.seal(payload));
  }
}

export class SealedHost {
  readonly close: () => Promise<void>;
  readonly #guests: Guest[] = [];
  #come: () => void = () => {};

  private constructor(close: () => Promise<void>) {
    this.close = close;
  }

  /** `own`: key pair of the node in whose place he listens; `peer`: public key of the only one who comes. */
  static async open(t: ExecutionContext, port: number, own: KeyPair, peer: string): Promise<SealedHost> {
    const ring = new KeyRing({ own, peers: new Map([['guest', [peer]]]) });
    const host: SealedHost = new SealedHost(() => listener.close());
    const listener = await HostileHost.open(
      t,
      port,
      (caller) => {
        host.#guests.push(new Guest(caller, ring));
        host.#come();
      },
      own,
    );
    return host;
  }

  /** The next link on which somebody has knocked. */
  async next(): Promise<Guest> {
    for (;;) {
      const guest = this.#guests.shift();
      if (guest !== undefined) return guest;
      await new Promise<void>((resolve) => {
        this.#come = resolve;
      });
    }
  }
}

function answerTo(ring: KeyRing, knock: Uint8Array, link: string): Answer {
  const answered = answer(ring, knock, link);
  if (typeof answered === 'string') throw new Error(answered);
  return answered;
}
