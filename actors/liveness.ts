/**
 * Liveness: whether anything comes from a peer, and the pings that make it answer.
 * Nothing is armed or re-armed by traffic: at regular ticks a count of frames is compared with that of the last.
 */
export class Liveness {
  readonly #ping: (nonce: number) => void;
  #nonce = 0;
  #quietFor = 0;
  #framesInBefore = 0;
  #framesOutBefore = 0;

  constructor(ping: (nonce: number) => void) {
    this.#ping = ping;
  }

  /** How long nothing has come, in ms of ticks. */
  get quietFor(): number {
    return this.#quietFor;
  }

  /** What the answer to the latest probe bears. */
  get nonce(): number {
    return this.#nonce;
  }

  /** The peer is up. */
  begin(framesIn: number): void {
    this.#quietFor = 0;
    this.#framesInBefore = framesIn;
  }

  /** @returns for how long nothing has come; a ping goes out if nothing was sent since the last tick. */
  tick(interval: number, framesIn: number, framesOut: number): number {
    this.#quietFor = framesIn === this.#framesInBefore ? this.#quietFor + interval : 0;
    this.#framesInBefore = framesIn;
    const isIdle = framesOut === this.#framesOutBefore;
    // The ping itself is a frame that goes out.
    this.#framesOutBefore = isIdle ? framesOut + 1 : framesOut;
    if (isIdle) this.#ping(this.#nonce);
    return this.#quietFor;
  }

  /** Asks for an answer that cannot have been on its way before. */
  probe(): void {
    this.#nonce = (this.#nonce + 1) >>> 0;
    this.#ping(this.#nonce);
  }
}
