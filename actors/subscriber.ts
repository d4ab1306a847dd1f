/**
 * Subscriber: changes this node's subscriptions, and knows when all peers have taken a change in.
 */

import type { Peerings } from './peerings.js';
import type { OwnSubscriptions } from './subscriptions.js';

interface Waiting {
  readonly revision: number;
  readonly resolve: () => void;
}

export class Subscriber {
  readonly #own: OwnSubscriptions;
  readonly #peerings: Peerings;
  #waiting: Waiting[] = [];

  constructor(own: OwnSubscriptions, peerings: Peerings) {
    this.#own = own;
    this.#peerings = peerings;
  }

  subscribe(prefix: string): Promise<void> {
    if (this.#own.add(prefix)) this.#announce('subscribe', prefix);
    return this.#confirmed();
  }

  unsubscribe(prefix: string): Promise<void> {
    if (this.#own.delete(prefix)) this.#announce('unsubscribe', prefix);
    return this.#confirmed();
  }

  /** A peer has confirmed a revision, or has come up or gone down. */
  progress(): void {
    if (this.#waiting.length === 0) return;
    const confirmed = this.#lowest();
    const done = this.#waiting.filter(({ revision }) => revision <= confirmed);
    if (done.length === 0) return;
    this.#waiting = this.#waiting.filter(({ revision }) => revision > confirmed);
    for (const { resolve } of done) resolve();
  }

  #announce(kind: 'subscribe' | 'unsubscribe', prefix: string): void {
    for (const peering of this.#peerings) peering.announce(kind, prefix, this.#own.revision);
  }

  #confirmed(): Promise<void> {
    const { revision } = this.#own;
    if (this.#lowest() >= revision) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ revision, resolve });
    });
  }

  #lowest(): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { isUp, confirmedRevision } of this.#peerings) if (isUp) lowest = Math.min(lowest, confirmedRevision);
    return lowest;
  }
}
