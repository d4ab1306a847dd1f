/**
 * Announcements: what one peer knows of this node's subscriptions: all of them by a hello, and each change since then.
 */
import type { Hello } from '../transport/frames/frames.js';
import type { FrameWriter } from '../transport/frames/writer.js';
import type { OwnSubscriptions } from './subscriptions.js';

export interface AnnouncementsSetup {
  readonly own: OwnSubscriptions;
  readonly write: FrameWriter;
  send(frame: Uint8Array): void;
}

export class Announcements {
  readonly #setup: AnnouncementsSetup;
  /** By the latest hello. */
  #told: Pick<Hello, 'subscriptions' | 'revision'> = { subscriptions: [], revision: 0 };
  #confirmed = 0;

  constructor(setup: AnnouncementsSetup) {
    this.#setup = setup;
  }

  /** Revision that the peer has confirmed on the present link. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** What a hello says of them now. */
  tellAll(): Pick<Hello, 'subscriptions' | 'revision'> {
    const { prefixes, revision } = this.#setup.own;
    this.#told = { subscriptions: [...prefixes], revision };
    return this.#told;
  }

  /** The peer has taken in what the hello said: tells it what has changed since. */
  tellSince(): void {
    const { subscriptions: before, revision: confirmed } = this.#told;
    const { prefixes, revision } = this.#setup.own;
    this.#confirmed = confirmed;
    for (const prefix of prefixes) if (!before.includes(prefix)) this.tell('subscribe', prefix, revision);
    for (const prefix of before) if (!prefixes.has(prefix)) this.tell('unsubscribe', prefix, revision);
  }

  tell(kind: 'subscribe' | 'unsubscribe', prefix: string, revision: number): void {
    const { send, write } = this.#setup;
    send(write[kind](prefix, revision));
  }

  confirm(revision: number): void {
    if (revision > this.#confirmed) this.#confirmed = revision;
  }
}
