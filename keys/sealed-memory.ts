/**
 * Sealed memory: what the sealed frames of one link are written into. It is used again once the other end has opened them, for
 * then no transport reads it any more: new buffers for each frame would make V8 mark the whole heap every 64 MB.
 */

/** Buffers that are kept: about as many as are on their way in a window of credit. */
const maxSpares = 16;
/** Frames of which it is remembered where they are: the other end may never say that it has opened them. */
const maxSent = 64;

interface Sent {
  /** Number of the frame. */
  readonly number: number;
  readonly memory: Buffer;
}

export class SealedMemory {
  readonly #size: number;
  readonly #sent: Sent[] = [];
  readonly #spares: Buffer[] = [];

  /** @param size - Bytes that a sealed frame has at most. */
  constructor(size: number) {
    this.#size = size;
  }

  /** `size` bytes for the frame of that number; of smaller ones the memory is their own. */
  take(size: number, number: number): Buffer {
    if (size <= this.#size / 2) return Buffer.allocUnsafeSlow(size);
    const memory = this.#spares.pop() ?? Buffer.allocUnsafeSlow(this.#size);
    this.#sent.push({ number, memory });
    if (this.#sent.length > maxSent) this.#sent.shift();
    return memory.subarray(0, size);
  }

  /** The other end has opened all frames below that number. */
  release(number: number): void {
    const gone = this.#sent.findIndex((sent) => sent.number >= number);
    const released = this.#sent.splice(0, gone === -1 ? this.#sent.length : gone);
    for (const { memory } of released) if (this.#spares.length < maxSpares) this.#spares.push(memory);
  }
}
