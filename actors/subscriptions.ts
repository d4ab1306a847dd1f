/**
 * Subscriptions: topic prefixes, this node's own and those of a peer.
 */
import { MusterError } from '../errors.js';
import { invalid, maxSubscriptionBytes } from '../transport/frames/frames.js';

const maxPrefixBytes = 1_024;

/** What this node subscribes to. The revision grows with each change; peers confirm revisions. */
export class OwnSubscriptions {
  readonly #prefixes = new Set<string>();
  #bytes = 0;
  #revision = 0;

  get prefixes(): ReadonlySet<string> {
    return this.#prefixes;
  }

  get revision(): number {
    return this.#revision;
  }

  /**
   * @returns whether it is new.
   * @throws {@link MusterError} `MUSTER_SUBSCRIPTION_LIMIT`
   */
  add(prefix: string): boolean {
    if (this.#prefixes.has(prefix)) return false;
    const size = Buffer.byteLength(prefix);
    if (size > maxPrefixBytes || this.#bytes + size > maxSubscriptionBytes) {
      throw new MusterError(
        'MUSTER_SUBSCRIPTION_LIMIT',
        `cannot subscribe to ${JSON.stringify(prefix.slice(0, 80))} (${size} bytes): a prefix has at most ${maxPrefixBytes} ` +
          `bytes, all ${this.#prefixes.size} of this node together at most ${maxSubscriptionBytes}; subscribe to shorter prefixes`,
      );
    }
    this.#prefixes.add(prefix);
    this.#bytes += size;
    this.#revision += 1;
    return true;
  }

  /** @returns whether it was there. */
  delete(prefix: string): boolean {
    if (!this.#prefixes.delete(prefix)) return false;
    this.#bytes -= Buffer.byteLength(prefix);
    this.#revision += 1;
    return true;
  }
}

/** What a peer subscribes to, as it told us. */
export class PeerSubscriptions {
  #prefixes = new Set<string>();
  #bytes = 0;

  /** What its hello says, whose size is checked. */
  replace(prefixes: readonly string[]): void {
    this.#prefixes = new Set();
    this.#bytes = 0;
    for (const prefix of prefixes) this.add(prefix);
  }

  /** @throws {@link MusterError} `MUSTER_FRAME_INVALID` */
  add(prefix: string): void {
    if (this.#prefixes.has(prefix)) return;
    const bytes = this.#bytes + Buffer.byteLength(prefix);
    if (bytes > maxSubscriptionBytes) throw invalid(`subscriptions of more than ${maxSubscriptionBytes} bytes`);
    this.#prefixes.add(prefix);
    this.#bytes = bytes;
  }

  delete(prefix: string): void {
    if (this.#prefixes.delete(prefix)) this.#bytes -= Buffer.byteLength(prefix);
  }

  matches(topic: string): boolean {
    for (const prefix of this.#prefixes) if (topic.startsWith(prefix)) return true;
    return false;
  }
}
