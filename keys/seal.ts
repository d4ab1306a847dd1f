/**
 * Seal: makes each frame of a link impossible for anybody but its two ends to write, and to read where others could.
 * AES-256-GCM with a key for each direction of each link. The number of a frame is its nonce and does not travel: a link
 * keeps order and loses nothing, so both ends count. A frame that does not open is not counted, whoever sent it.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { readUint32, writeNumber } from '../transport/frames/frames.js';

/**
 * What a seal does besides proving who wrote a frame. What an acceptor sends, others may have subscribed to: `hides`.
 * What an initiator sends, the acceptor alone receives: `shows`, which is GMAC, and takes a third of the time.
 */
export type SealKind = 'hides' | 'shows';

const tagSize = 16;
/** Bytes of a count in the headroom. */
const countSize = 8;

/**
 * Bytes that sealing adds to a frame. Its headroom is sealed with it: so what is opened is a frame as it stands, which saves
 * whoever opens it a copy of all of it. If there is room, it says how many frames its sender has opened; the rest is zeros.
 */
export function sealSize(headroom: number): number {
  return headroom + tagSize;
}

const algorithm = 'aes-256-gcm';
const nonceSize = 12;

/** Numbers of the frames of one direction. */
class Nonce {
  readonly bytes = Buffer.alloc(nonceSize);
  next = 0;

  advance(): void {
    this.next += 1;
    this.bytes.writeUInt32BE(Math.floor(this.next / 0x1_0000_0000), 4);
    this.bytes.writeUInt32BE(this.next >>> 0, 8);
  }
}

export class Sealer {
  readonly #key: Uint8Array;
  readonly #hides: boolean;
  readonly #nonce = new Nonce();

  constructor(key: Uint8Array, kind: SealKind) {
    this.#key = key;
    this.#hides = kind === 'hides';
  }

  /** Frames that were sealed, which is the number of the next one. */
  get count(): number {
    return this.#nonce.next;
  }

  /**
   * Writes `frame`, whose headroom is overwritten, into `sealed`, which is longer by {@link sealSize}, behind `headroom` bytes
   * that are free again.
   * @param opened - Frames of the other end that were opened on the link.
   */
  seal(
    frame: Uint8Array,
    headroom: number,
    opened = 0,
    sealed: Buffer = Buffer.allocUnsafeSlow(frame.length + sealSize(headroom)),
  ): Uint8Array {
    frame.fill(0, 0, headroom);
    if (headroom >= countSize) writeNumber(frame, 0, opened);
    const cipher = createCipheriv(algorithm, this.#key, this.#nonce.bytes);
    sealed.set(this.#hides ? cipher.update(frame) : frame, headroom);
    if (!this.#hides) cipher.setAAD(frame);
    cipher.final();
    sealed.set(cipher.getAuthTag(), headroom + frame.length);
    this.#nonce.advance();
    return sealed;
  }
}

export class Opener {
  readonly #key: Uint8Array;
  readonly #hides: boolean;
  readonly #nonce = new Nonce();

  constructor(key: Uint8Array, kind: SealKind) {
    this.#key = key;
    this.#hides = kind === 'hides';
  }

  /** Frames that were opened. */
  get count(): number {
    return this.#nonce.next;
  }

  /**
   * The frame that was sealed next at the other end, or undefined if `sealed` is not that one. In fresh memory if the seal
   * hides, else a view into `sealed`.
   */
  open(sealed: Uint8Array, headroom: number): Uint8Array | undefined {
    const end = sealed.length - tagSize;
    if (end < 2 * headroom) return undefined;
    const decipher = createDecipheriv(algorithm, this.#key, this.#nonce.bytes, { authTagLength: tagSize });
    decipher.setAuthTag(sealed.subarray(end));
    const body = sealed.subarray(headroom, end);
    const frame = this.#hides ? decipher.update(body) : body;
    if (!this.#hides) decipher.setAAD(body);
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    this.#nonce.advance();
    return frame;
  }
}

/** How many frames the other end has opened, by what it says in one that was opened; whatever that is. */
export function openedBy(frame: Uint8Array): number {
  return readUint32(frame, 0) * 0x1_0000_0000 + readUint32(frame, 4);
}

/** Both directions of a link, seen from one of its ends. */
export interface Seals {
  readonly out: Sealer;
  readonly in: Opener;
}
