/**
 * Doubtful: a transport that suspects its links on demand, as the contract of transports allows at either end, and as a
 * forged unsubscription makes ZeroMQ's do; and that ends those it has accepted, as one with keys does when a key is taken back.
 */
import type { Link, LinkHandlers, Transport } from '../../../transport/transport.js';

export class DoubtfulTransport implements Transport {
  readonly headroom: number;
  readonly maxFrameSize: number;
  readonly #inner: Transport;
  readonly #links: LinkHandlers[] = [];
  readonly #accepted: { readonly link: Link; readonly handlers: LinkHandlers }[] = [];

  constructor(inner: Transport) {
    this.#inner = inner;
    this.headroom = inner.headroom;
    this.maxFrameSize = inner.maxFrameSize;
  }

  /** Suspects all links that it has ever had; whoever has given one up does not hear of it. */
  doubt(): void {
    for (const { hint } of this.#links) hint('it seems to be gone');
  }

  /** Ends all links that it has accepted. */
  revoke(): void {
    for (const { link, handlers } of this.#accepted.splice(0)) {
      link.close();
      handlers.lost('its key is not accepted any more');
    }
  }

  listen: Transport['listen'] = (address, handlers) =>
    this.#inner.listen(address, {
      ...handlers,
      link: (link, frame) => {
        const own = handlers.link(link, frame);
        if (own === undefined) return undefined;
        this.#links.push(own);
        this.#accepted.push({ link, handlers: own });
        return own;
      },
    });

  connect: Transport['connect'] = (address, handlers) => {
    this.#links.push(handlers);
    return this.#inner.connect(address, handlers);
  };

  settled: Transport['settled'] = () => this.#inner.settled();

  close: Transport['close'] = () => this.#inner.close();
}
