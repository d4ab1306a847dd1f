/**
 * Usurper's deeds: what somebody who listens in the place of a logger, and has its key, does on a link that a manager opens to
 * him. Each of them, the silent ones excepted, has to end that link.
 */
import { handshakeCode } from '../../keys/link-handshake.js';
import { encodeValue } from '../../transport/codec.js';
import { frameCode } from '../../transport/frames/frames.js';
import { anyFrame, bye, hello } from '../helpers/hostile-peer.js';
import type { Random } from '../helpers/random.js';
import type { Guest } from '../helpers/sealed-host.js';
import { mutatedWords, mutateForCertain } from './mutated-frames.js';

/** Of the manager, about how a link has ended. */
export const wordsOf = {
  proof: 'what listens in the place of logger-2 does not prove that it has its key',
  seal: 'logger-2 sent a frame that is not sealed for this link',
  refusal: 'logger-2 refuses: no',
} as const;

/** What is said in clear where nothing is taken in clear, so that nobody may ever repeat it. */
export const unheard = 'said in clear';

export interface Deed {
  /** In which words the manager says that the link has ended; undefined if they depend on what is said. */
  readonly words?: string;
  /** Codes of frames that the manager may have said by then. @defaultValue any */
  readonly mayHave?: readonly number[];
  begin(guest: Guest): unknown;
}

/** What the deeds are made with: chance, and what was seen on the link before. */
export class Usurper {
  readonly #random: Random;
  readonly #name: string;
  #links = 0;
  #before: { readonly challenge: Uint8Array; readonly sealed: Uint8Array } | undefined;

  constructor(random: Random, name: string) {
    this.#random = random;
    this.#name = name;
  }

  /** Does all that a logger would, up to a bye. */
  readonly right: Deed = { begin: (guest) => this.#shake(guest, this.#hello(), bye(0)) };

  /** A frame of many is mutated, and then sealed. */
  readonly mutated: Deed = { begin: (guest) => this.#shake(guest, ...mutatedWords(this.#random, this.#hello())) };

  /** Answers to a knock that are not the one to it: nothing may be said to them. */
  readonly wrongProofs: readonly Deed[] = [
    ({ challenge }: Guest) => this.#alter(challenge),
    ({ challenge }: Guest) => Buffer.concat([Buffer.of(0x07), challenge.subarray(1)]),
    ({ challenge }: Guest) => this.#before?.challenge ?? this.#alter(challenge),
    (guest: Guest) => guest.challengeFor('b'.repeat(32)),
    ({ knock }: Guest) => knock,
    () => Buffer.concat([Buffer.of(handshakeCode.challenge), Buffer.alloc(48)]),
    (guest: Guest) => guest.seal(this.#hello()),
    () => this.#hello(),
    () => Buffer.alloc(0),
  ].map((answerOf) => ({ words: wordsOf.proof, mayHave: [], begin: (guest) => guest.send(answerOf(guest)) }));

  /** Frames before both have accepted that do not open: they end the link, whatever follows. */
  readonly wrongHellos: readonly Deed[] = [
    ({ sealed }: { sealed: Uint8Array }) => [this.#alter(sealed), sealed],
    ({ sealed, next }: { sealed: Uint8Array; next: Uint8Array }) => [next, sealed],
    ({ sealed }: { sealed: Uint8Array }) => [this.#before?.sealed ?? this.#alter(sealed), sealed],
    ({ sealed }: { sealed: Uint8Array }) => [this.#hello(), sealed],
    ({ sealed }: { sealed: Uint8Array }) => [refusal(unheard), sealed],
    ({ sealed }: { sealed: Uint8Array }) => [reject('refused', unheard), sealed],
    ({ sealed }: { sealed: Uint8Array }) => [Buffer.alloc(0), sealed],
  ].map((framesOf) => ({
    words: wordsOf.seal,
    mayHave: [frameCode.hello],
    begin: (guest) => {
      guest.send(guest.challenge);
      const [sealed, next] = [guest.seal(this.#hello()), guest.seal(ping)];
      guest.send(...framesOf({ sealed, next }));
    },
  }));

  /** What the manager said on the link, back to it. */
  readonly mirror: Deed = {
    words: wordsOf.seal,
    mayHave: [frameCode.hello],
    begin: async (guest) => {
      guest.send(guest.challenge);
      guest.send(await guest.hello);
    },
  };

  /** The same while the peering is up: frames of which none may be answered. */
  readonly wrongFrames: readonly Deed[] = [
    (sealed: Uint8Array) => [this.#alter(sealed), sealed],
    (_: Uint8Array, guest: Guest) => [guest.seal(ping)],
    (sealed: Uint8Array) => [this.#before?.sealed ?? this.#alter(sealed), sealed],
    (sealed: Uint8Array) => [ping, sealed],
    (sealed: Uint8Array) => [refusal(unheard), sealed],
    (sealed: Uint8Array) => [reject('name-taken', unheard), sealed],
  ].map((framesOf) => ({
    words: wordsOf.seal,
    mayHave: Object.values(frameCode).filter((code) => code !== frameCode.pong && code !== frameCode.reject),
    begin: (guest) => {
      this.#shake(guest, this.#hello());
      guest.send(...framesOf(guest.seal(ping), guest));
    },
  }));

  /** Refusals, as an acceptor may give them. */
  readonly refusals: readonly Deed[] = [
    (guest: Guest) => guest.send(refusal(rude)),
    (guest: Guest) => this.#shake(guest, refusal(rude)),
    (guest: Guest) => this.#shake(guest, reject('refused', rude)),
    (guest: Guest) => this.#shake(guest, this.#hello(), refusal(rude)),
    // The manager and the first logger decide who has a name, and this is neither.
    (guest: Guest) => this.#shake(guest, this.#hello(), reject('name-taken', rude)),
  ].map((begin) => ({ words: wordsOf.refusal, begin }));

  /** Says no more from here on. */
  readonly silences: readonly Deed[] = [
    { words: ': no connection within connectTimeout', begin: () => {} },
    { words: ': no answer to our hello within helloTimeout', begin: (guest) => this.#shake(guest) },
    { words: ' is unresponsive: it has sent nothing for', begin: (guest) => this.#shake(guest, this.#hello()) },
  ];

  /** All but those that say something mutated: what ends a link at once. */
  get all(): readonly Deed[] {
    const { right, wrongProofs, wrongHellos, mirror, wrongFrames, refusals } = this;
    return [right, ...wrongProofs, ...wrongHellos, mirror, ...wrongFrames, ...refusals];
  }

  get any(): Deed {
    return this.#random.isLucky(0.4) ? this.mutated : this.#random.pick(this.all);
  }

  #shake(guest: Guest, ...payloads: readonly Uint8Array[]): void {
    guest.send(guest.challenge);
    const frames = payloads.map((payload) => guest.seal(payload));
    guest.send(...frames);
    this.#before = { challenge: guest.challenge, sealed: frames[0] ?? guest.challenge };
  }

  /** Its id is the same for ten in a row. */
  #hello(): Uint8Array {
    const id = `${this.#name}_${Math.floor(this.#links++ / 10)}`;
    return hello({ from: this.#name, to: 'manager', nodeType: 'logger', id });
  }

  /** What it becomes is no refusal, which may be given in clear. */
  #alter(frame: Uint8Array): Uint8Array {
    let altered = mutateForCertain(this.#random, frame);
    while (altered[0] === handshakeCode.refusal) altered = mutateForCertain(this.#random, frame);
    return altered;
  }
}

const ping = anyFrame(frameCode.ping, 0, 0, 0, 1);
/** More than fits into a line, with what would begin another, or colour it. */
const rude = `no\nforged line\r\u001b[31m${'!'.repeat(60_000)}`;

function refusal(words: string): Uint8Array {
  return Buffer.concat([Buffer.of(handshakeCode.refusal), Buffer.from(words)]);
}

function reject(code: string, reason: string): Uint8Array {
  return Buffer.concat([Buffer.of(frameCode.reject), encodeValue({ code, reason })]);
}
