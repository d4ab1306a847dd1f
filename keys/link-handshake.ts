/**
 * Link handshake: how two nodes prove to each other on a new link that they have the keys they claim, and agree on the
 * seals of the link. As Noise's pattern KK does: the keys of the nodes are mixed with two fresh ones, so that who learns a
 * node's key later cannot read what was said before, and everything is bound to the link's id, so that nothing of
 * it is good for another. `transport/PROTOCOL.md` has the bytes.
 *
 *   initiator ── knock ──▶ acceptor      its key, the key it means, a fresh key; proved with what the two keys share
 *   initiator ◀─ challenge ── acceptor   a fresh key; an empty sealed frame as proof
 *   initiator ══ hello ══▶ acceptor      sealed, which is the proof of the other side; all that follows is sealed too
 */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { encodeZ85 } from '../transport/z85.js';
import { createFreshPair, type FreshPair, keyBytes, keySize } from './key-pair.js';
import type { KeyRing } from './key-ring.js';
import { Opener, Sealer, type Seals, sealSize } from './seal.js';

/** First bytes of the frames that come before a link is sealed. */
export const handshakeCode = { knock: 0x01, challenge: 0x02, refusal: 0x03 } as const;

const version = 1;
const label = 'muster link 1';
const macSize = 16;
/** Code and version, three keys. */
const knockBody = 2 + 3 * keySize;
const knockSize = knockBody + macSize;
const challengeSize = 1 + keySize + sealSize(0);

/** What an initiator says first, and what becomes of the answer. */
export interface Knock {
  readonly frame: Uint8Array;
  /** The seals of the link; undefined if `challenge` is not the answer of who was meant. */
  seals(challenge: Uint8Array): Seals | undefined;
}

export interface Answer {
  /** Name of the peer whose key this is, and the key. Who knocks has it; whether just now, the first sealed frame proves. */
  readonly peer: string;
  readonly key: string;
  readonly frame: Uint8Array;
  readonly seals: Seals;
}

/** @param peerKey - Public key of who is meant. @param link - Id of the link. */
export function knock(ring: KeyRing, peerKey: string, link: string, fresh: FreshPair = createFreshPair()): Knock {
  const frame = Buffer.alloc(knockSize);
  frame.set([handshakeCode.knock, version]);
  [ring.own.publicKey, peerKey, fresh.publicKey].forEach((key, i) => {
    frame.set(keyBytes(key) ?? [], 2 + i * keySize);
  });
  frame.set(macOf(frame, ring.sharedWith(peerKey), link), knockBody);
  return {
    frame,
    seals(challenge) {
      if (challenge.length !== challengeSize || challenge[0] !== handshakeCode.challenge) return undefined;
      const theirs = challenge.subarray(1, 1 + keySize);
      try {
        const secrets = [
          ring.sharedWith(peerKey),
          fresh.secretKey.agree(keyBytes(peerKey) ?? theirs),
          ring.own.secretKey.agree(theirs),
          fresh.secretKey.agree(theirs),
        ];
        const [out, into] = keysOf(secrets, link, frame, theirs);
        const seals = { out: new Sealer(out, 'shows'), in: new Opener(into, 'hides') };
        return seals.in.open(challenge.subarray(1 + keySize), 0) === undefined ? undefined : seals;
      } catch {
        return undefined; // not a key at all
      }
    },
  };
}

/** The challenge to a knock, or why there is none. */
export function answer(
  ring: KeyRing,
  frame: Uint8Array,
  link: string,
  own: FreshPair = createFreshPair(),
): Answer | string {
  if (frame.length !== knockSize || frame[0] !== handshakeCode.knock)
    return 'it does not begin with a proof of its key';
  if (frame[1] !== version) return `it proves its key in version ${frame[1]}, this node in version ${version}`;
  const [key, meant, fresh] = [0, 1, 2].map((i) => frame.subarray(2 + i * keySize, 2 + (i + 1) * keySize)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const peerKey = encodeZ85(key);
  const peer = ring.nameOf(peerKey);
  if (peer === undefined) return 'its key is that of no peer of this node';
  if (encodeZ85(meant) !== ring.own.publicKey) return `${peer} means another key than this node has`;
  try {
    const shared = ring.sharedWith(peerKey);
    if (!timingSafeEqual(macOf(frame, shared, link), frame.subarray(knockBody))) return `it has not the key of ${peer}`;
    const ownFresh = keyBytes(own.publicKey) as Uint8Array;
    const secrets = [shared, ring.own.secretKey.agree(fresh), own.secretKey.agree(key), own.secretKey.agree(fresh)];
    const [into, out] = keysOf(secrets, link, frame, ownFresh);
    const seals = { out: new Sealer(out, 'hides'), in: new Opener(into, 'shows') };
    const proof = seals.out.seal(new Uint8Array(), 0);
    const challenge = Buffer.concat([Buffer.of(handshakeCode.challenge), ownFresh, proof]);
    return { peer, key: peerKey, frame: challenge, seals };
  } catch {
    return `${peer} sends a key that is none`;
  }
}

function macOf(knock: Uint8Array, shared: Uint8Array, link: string): Buffer {
  const key = createHmac('sha256', label).update(shared).digest();
  return createHmac('sha256', key).update(link).update(knock.subarray(0, knockBody)).digest().subarray(0, macSize);
}

/** The keys from initiator to acceptor, and back. */
function keysOf(
  secrets: readonly Uint8Array[],
  link: string,
  knock: Uint8Array,
  challenge: Uint8Array,
): [Uint8Array, Uint8Array] {
  const transcript = createHash('sha256').update(link).update(knock).update(challenge).digest();
  const keys = new Uint8Array(hkdfSync('sha256', Buffer.concat(secrets), transcript, label, 64));
  return [keys.subarray(0, 32), keys.subarray(32)];
}
