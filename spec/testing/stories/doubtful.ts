/**
 * Doubtful: a transport that suspects its links on demand, as the contract of transports allows at either end, and as a
 * forged unsubscription makes ZeroMQ's do.
 */
import type { LinkHandlers, Transport } from '../../../transport/transport.js';

export class DoubtfulTransport implements Transport {
  readonly headroom: number;
  readonly maxFrameSize: number;
  readonly #inner: Transport;
  readonly #links: LinkHandlers[] = [];

  constructor(inner: Transport) {
    this.#inner = inner;
    this.headroom = inner.headroom;
    this.maxFrameSize = inner.maxFrameSize;
  }

  /** Suspects all links that it has ever had; whoever has given one up does not hear of it. */
  doubt(): void {
    for (const { hint } of this.#links) hint('it seems to be gone');
  }

  listen: Transport['listen'] = (address, handlers) =>
    this.#inner.listen(address, {
      ...handlers,
      link: (link, frame) => {
        const own = handlers.link(link, frame);
        if (own !== undefined) this.#links.push(own);
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
