/**
 * Subscriber: changes this node's subscriptions, and knows when all peers have taken a change in.
 */
import type { Layout } from '../layout/types.js';
import type { NodeCore } from './node-core.js';
import { ownTopics } from './own-topics.js';
import type { Part } from './part.js';
import type { Peerings } from './peerings.js';
import type { OwnSubscriptions } from './subscriptions.js';

interface Waiting {
  readonly revision: number;
  readonly resolve: () => void;
}

export class Subscriber implements Part {
  readonly #core: NodeCore;
  readonly #own: OwnSubscriptions;
  readonly #peerings: Peerings;
  #waiting: Waiting[] = [];

  constructor(core: NodeCore, peerings: Peerings) {
    this.#core = core;
    this.#own = core.subscriptions;
    this.#peerings = peerings;
    for (const topic of ownTopics(core, core.layout)) this.#own.add(topic);
  }

  subscribe(prefix: string): Promise<void> {
    if (this.#own.add(prefix)) this.#announce('subscribe', prefix);
    return this.#confirmed();
  }

  unsubscribe(prefix: string): Promise<void> {
    if (this.#own.delete(prefix)) this.#announce('unsubscribe', prefix);
    return this.#confirmed();
  }

  follow(before: Layout): void {
    const past = ownTopics(this.#core, before);
    const present = ownTopics(this.#core, this.#core.layout);
    for (const topic of present) if (!past.includes(topic)) void this.subscribe(topic);
    for (const topic of past) if (!present.includes(topic)) void this.unsubscribe(topic);
    this.relieved();
  }

  /** A peer has confirmed a revision, or is gone. */
  relieved(): void {
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
