/**
 * Subscriptions: topic prefixes, this node's own and those of a peer.
 */
import { MusterError } from '../errors.js';
import type { Options } from '../layout/options.js';
import { maxSubscriptionBytes } from '../transport/frames/frames.js';

export type SubscriptionLimits = Pick<Options, 'maxSubscriptions' | 'maxSubscriptionSize'>;

/** Why a peer may not have these prefixes besides `others` more, or undefined. */
export function whyTooMany(
  prefixes: readonly string[],
  others: number,
  { maxSubscriptions, maxSubscriptionSize }: SubscriptionLimits,
): string | undefined {
  if (others + prefixes.length > maxSubscriptions)
    return `more than ${maxSubscriptions} subscriptions (maxSubscriptions)`;
  const longest = prefixes.reduce((most, prefix) => Math.max(most, Buffer.byteLength(prefix)), 0);
  if (longest <= maxSubscriptionSize) return undefined;
  return `a subscription of ${longest} bytes, this node takes ${maxSubscriptionSize} (maxSubscriptionSize)`;
}

/** What this node subscribes to. The revision grows with each change; peers confirm revisions. */
export class OwnSubscriptions {
  readonly #prefixes = new Set<string>();
  readonly #limits: SubscriptionLimits;
  #bytes = 0;
  #revision = 0;

  constructor(limits: SubscriptionLimits) {
    this.#limits = limits;
  }

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
    const { maxSubscriptions, maxSubscriptionSize } = this.#limits;
    const isTooMuch = this.#prefixes.size >= maxSubscriptions || this.#bytes + size > maxSubscriptionBytes;
    if (size > maxSubscriptionSize || isTooMuch) {
      throw new MusterError(
        'MUSTER_SUBSCRIPTION_LIMIT',
        `cannot subscribe to ${JSON.stringify(prefix.slice(0, 80))} (${size} bytes): a prefix has at most ` +
          `${maxSubscriptionSize} bytes (maxSubscriptionSize), a node at most ${maxSubscriptions} of them (maxSubscriptions), ` +
          `all ${this.#prefixes.size} of this node together at most ${maxSubscriptionBytes}; subscribe to fewer or shorter prefixes`,
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
  readonly #limits: SubscriptionLimits;
  #prefixes = new Set<string>();
  #bytes = 0;

  constructor(limits: SubscriptionLimits) {
    this.#limits = limits;
  }

  /** What its hello says, which is {@link whyTooMany | checked} before. */
  replace(prefixes: readonly string[]): void {
    this.#prefixes = new Set();
    this.#bytes = 0;
    for (const prefix of prefixes) this.add(prefix);
  }

  /** @throws {@link MusterError} `MUSTER_SUBSCRIPTION_LIMIT` */
  add(prefix: string): void {
    if (this.#prefixes.has(prefix)) return;
    const why = whyTooMany([prefix], this.#prefixes.size, this.#limits);
    if (why !== undefined) throw new MusterError('MUSTER_SUBSCRIPTION_LIMIT', why);
    const bytes = this.#bytes + Buffer.byteLength(prefix);
    if (bytes > maxSubscriptionBytes) {
      throw new MusterError('MUSTER_SUBSCRIPTION_LIMIT', `subscriptions of more than ${maxSubscriptionBytes} bytes`);
    }
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
