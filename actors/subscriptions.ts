/**
 * Subscriptions: topic prefixes, this node's own and those of a peer.
 */
import { MusterError } from '../errors.js';

/** Bounds, so that all subscriptions of a node fit into one hello. */
export const maxPrefixBytes = 1_024;
const maxTotalBytes = 32 * 1_024;

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
    if (size > maxPrefixBytes || this.#bytes + size > maxTotalBytes) {
      throw new MusterError(
        'MUSTER_SUBSCRIPTION_LIMIT',
        `cannot subscribe to ${JSON.stringify(prefix.slice(0, 80))} (${size} bytes): a prefix has at most ${maxPrefixBytes} ` +
          `bytes, all ${this.#prefixes.size} of this node together at most ${maxTotalBytes}; subscribe to shorter prefixes`,
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
  #prefixes: string[] = [];

  replace(prefixes: readonly string[]): void {
    this.#prefixes = [...prefixes];
  }

  add(prefix: string): void {
    if (!this.#prefixes.includes(prefix)) this.#prefixes.push(prefix);
  }

  delete(prefix: string): void {
    this.#prefixes = this.#prefixes.filter((known) => known !== prefix);
  }

  matches(topic: string): boolean {
    return this.#prefixes.some((prefix) => topic.startsWith(prefix));
  }
}
