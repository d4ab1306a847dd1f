/**
 * Sealed member: who has a key of the layout, proves it on as many links as he likes over one connection, and says on each
 * what he likes, sealed as it has to be.
 */
import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { createFreshPair, type KeyPair } from '../../keys/key-pair.js';
import { KeyRing } from '../../keys/key-ring.js';
import { handshakeCode, type Knock, knock } from '../../keys/link-handshake.js';
import type { Seals } from '../../keys/seal.js';
import { decodeValue } from '../../transport/codec.js';
import { frameCode, type Reject } from '../../transport/frames/frames.js';
import { headroom, idSize, subscriptionTo } from '../../transport/zeromq/frame.js';
import { curveOf, HostileMember } from './hostile-member.js';
import { openPayload, sealPayload } from './sealed-payload.js';

/** What is done to the bytes of a frame. */
export type Alter = (frame: Uint8Array) => Uint8Array;

/** How a link has ended: by a reject, or by a refusal of its proof. */
export interface Ending {
  readonly code: Reject['code'] | 'refusal';
  readonly reason: string;
}

export class SealedMember {
  readonly #member: HostileMember;
  readonly #ring: KeyRing;
  readonly #theirs: string;
  /** The same for all links, which saves time. */
  readonly #fresh = createFreshPair();
  /** With what the topics of all his links begin: he hears nothing of others. */
  readonly #prefix = Buffer.concat([Buffer.of(2), randomBytes(idSize / 2)]);
  readonly #links = new Map<string, SealedLink>();
  #begun = 0n;

  private constructor(member: HostileMember, own: KeyPair, theirs: string) {
    this.#member = member;
    this.#theirs = theirs;
    this.#ring = new KeyRing({ own, peers: new Map([['listener', [theirs]]]) });
    member.take = (part) => this.#links.get(part.toString('hex', 0, headroom))?.take(part.subarray(headroom));
  }

  /** `theirs`: public key of who listens. */
  static async open(t: ExecutionContext, port: number, own: KeyPair, theirs: string): Promise<SealedMember> {
    const member = new SealedMember(HostileMember.open(t, port, curveOf(own, theirs)), own, theirs);
    await member.#member.send(subscriptionTo(member.#prefix));
    return member;
  }

  /** Begins a link. With a proof that is altered it cannot but end. */
  begin(alter: Alter = (frame) => frame): SealedLink {
    const number = Buffer.alloc(idSize / 2);
    number.writeBigUInt64BE(this.#begun++);
    const topic = Buffer.concat([this.#prefix, number]);
    const key = topic.toString('hex');
    const proof = knock(this.#ring, this.#theirs, topic.toString('hex', 1), this.#fresh);
    const send = (payload: Uint8Array) => void this.#member.send(Buffer.concat([topic, payload]));
    const link = new SealedLink(proof, send, () => this.#links.delete(key));
    this.#links.set(key, link);
    send(alter(proof.frame));
    return link;
  }
}

export class SealedLink {
  /** Resolves once both ends have proved their keys. */
  readonly sealed: Promise<void>;
  readonly ended: Promise<Ending>;
  readonly #knock: Knock;
  readonly #send: (payload: Uint8Array) => void;
  readonly #forget: () => void;
  #seals: Seals | undefined;
  #isSealed = () => {};
  #hasEnded: (ending: Ending) => void = () => {};
  #answered = () => {};

  /** `forget` is called when it has ended. */
  constructor(knock: Knock, send: (payload: Uint8Array) => void, forget: () => void) {
    this.#knock = knock;
    this.#send = send;
    this.#forget = forget;
    this.sealed = new Promise((resolve) => {
      this.#isSealed = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#hasEnded = resolve;
    });
  }

  /** Sends each of these, sealed. */
  say(...payloads: readonly Uint8Array[]): void {
    for (const payload of payloads) this.#send(this.#seal(payload));
  }

  /** Sends a ping that is altered after it was sealed, so often, and then as it is. Resolves with the answer to that. */
  async pingAfter(count: number, alter: Alter): Promise<void> {
    const sealed = this.#seal(Buffer.of(frameCode.ping, 0, 0, 0, 1));
    const answered = new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    for (let i = 0; i < count; i++) this.#send(alter(sealed));
    this.#send(sealed);
    await answered;
  }

  take(payload: Uint8Array): void {
    if (this.#seals === undefined) this.#takeAnswer(payload);
    else this.#takeFrame(this.#seals, payload);
  }

  #takeAnswer(payload: Uint8Array): void {
    if (payload[0] === handshakeCode.refusal) {
      this.#refused(payload);
      return;
    }
    this.#seals = this.#knock.seals(payload);
    if (this.#seals === undefined) throw new Error('a challenge that proves nothing');
    this.#isSealed();
  }

  #takeFrame(seals: Seals, payload: Uint8Array): void {
    const said = openPayload(seals, payload);
    if (said === undefined) throw new Error('a frame that is not sealed for this link');
    if (said[0] === handshakeCode.refusal) this.#refused(said);
    if (said[0] === frameCode.pong) this.#answered();
    if (said[0] === frameCode.reject) this.#end(decodeValue(said.subarray(1)) as Reject);
  }

  #refused(payload: Uint8Array): void {
    this.#end({ code: 'refusal', reason: Buffer.from(payload.subarray(1)).toString() });
  }

  #end(ending: Ending): void {
    this.#forget();
    this.#hasEnded(ending);
  }

  #seal(payload: Uint8Array): Uint8Array {
    if (this.#seals === undefined) throw new Error('not sealed yet');
    return sealPayload(this.#seals, payload);
  }
}
