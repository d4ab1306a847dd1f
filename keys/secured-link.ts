/**
 * Secured link: a link between two nodes that have proved their keys to each other. Each frame is sealed for the other.
 */
import type { Link, Transport } from '../transport/transport.js';
import { openedBy, type Seals, sealSize } from './seal.js';
import { SealedMemory } from './sealed-memory.js';

/** Those of the transport underneath. */
export type FrameBounds = Pick<Transport, 'headroom' | 'maxFrameSize'>;

export class SecuredLink implements Link {
  readonly peer: string;
  /** Public key with which the peer has proved who it is. */
  readonly key: string;
  readonly #link: Link;
  readonly #seals: Seals;
  readonly #bounds: FrameBounds;
  readonly #memory: SealedMemory;
  readonly #closed: () => void;

  /** `closed` is called when this side closes it. */
  constructor(
    link: Link,
    { peer, key, seals }: { readonly peer: string; readonly key: string; readonly seals: Seals },
    bounds: FrameBounds,
    closed: () => void = () => {},
  ) {
    this.#link = link;
    this.peer = peer;
    this.key = key;
    this.#seals = seals;
    this.#bounds = bounds;
    this.#memory = new SealedMemory(bounds.maxFrameSize);
    this.#closed = closed;
  }

  get id(): string {
    return this.#link.id;
  }

  send(frame: Uint8Array): void {
    checkSize(frame, this.#bounds);
    const { out, in: opener } = this.#seals;
    const { headroom } = this.#bounds;
    const memory = this.#memory.take(frame.length + sealSize(headroom), out.count);
    this.#link.send(out.seal(frame, headroom, opener.count, memory));
  }

  close(): void {
    this.#closed();
    this.#link.close();
  }

  /** A frame that came, opened; undefined if the other end has not sealed it. */
  open(frame: Uint8Array): Uint8Array | undefined {
    const opened = this.#seals.in.open(frame, this.#bounds.headroom);
    if (opened !== undefined) this.#memory.release(openedBy(opened));
    return opened;
  }
}

/** @throws `RangeError` for a frame that has no headroom, or would be too long once it is sealed. */
export function checkSize({ length }: Uint8Array, { headroom, maxFrameSize }: FrameBounds): void {
  const longest = maxFrameSize - sealSize(headroom);
  if (length < headroom || length > longest) {
    throw new RangeError(`frame of ${length} bytes, expected ${headroom} to ${longest}`);
  }
}

/** A frame that holds `payload` behind the headroom. */
export function frameOf(headroom: number, payload: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafeSlow(headroom + payload.length);
  frame.set(payload, headroom);
  return frame;
}
