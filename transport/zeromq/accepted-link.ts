/**
 * Accepted link: a link as seen from the side that listens. It has no connection of its own to end.
 */
import { messageOf } from '../../errors.js';
import type { Link, LinkHandlers } from '../transport.js';
import { idOf, stamp } from './frame.js';

/** Sends a frame to whoever has subscribed to its topic. */
export type SendFrame = (frame: Uint8Array) => Promise<void>;

export class AcceptedLink implements Link {
  readonly id: string;
  /** Who is told of its frames; nobody before the link was taken, and after it was closed. */
  #handlers: LinkHandlers | undefined;
  readonly #topic: Uint8Array;
  readonly #send: SendFrame;
  #forget: (() => void) | undefined;

  /** `forget` is called once, when the link is closed. */
  constructor(topic: Uint8Array, send: SendFrame, forget: () => void) {
    this.id = idOf(topic);
    this.#topic = topic;
    this.#send = send;
    this.#forget = forget;
  }

  get handlers(): LinkHandlers | undefined {
    return this.#handlers;
  }

  /** Without effect on a link that was closed meanwhile. */
  set handlers(handlers: LinkHandlers | undefined) {
    if (this.#forget !== undefined) this.#handlers = handlers;
  }

  send(frame: Uint8Array): void {
    if (this.#forget === undefined) return;
    stamp(frame, this.#topic);
    this.#send(frame).catch(this.#failToSend);
  }

  close(): void {
    this.#handlers = undefined;
    this.#forget?.();
    this.#forget = undefined;
  }

  readonly #failToSend = (cause: unknown): void => {
    this.#handlers?.hint(`sending failed: ${messageOf(cause)}`);
  };
}
