/**
 * Peer links: the links of one peering. One is the present one, and only what comes on it counts; on others the peer
 * may have said hello and waits for an answer.
 */
import type { Hello, Reject } from '../transport/frames/frames.js';
import type { FrameWriter } from '../transport/frames/writer.js';
import type { Address, ConnectHandlers, Link, LinkHandlers, Transport } from '../transport/transport.js';

export class PeerLinks {
  readonly #transport: Transport;
  readonly #write: FrameWriter;
  readonly #handlers: ConnectHandlers;
  #present: Link | undefined;
  /** Whether the present link is one that we opened: then its end is the end of its connection. */
  #isOurs = false;
  readonly #callers = new Map<string, { readonly link: Link; readonly hello: Hello }>();
  #framesOut = 0;
  #framesIn = 0;
  #bytesOut = 0;
  #bytesIn = 0;

  constructor(transport: Transport, write: FrameWriter, handlers: ConnectHandlers) {
    this.#transport = transport;
    this.#write = write;
    this.#handlers = handlers;
  }

  /** Id of the present link; empty if there is none. */
  get id(): string {
    return this.#present?.id ?? '';
  }

  /** Everything that has passed, on all links. */
  get framesOut(): number {
    return this.#framesOut;
  }

  get framesIn(): number {
    return this.#framesIn;
  }

  get bytesOut(): number {
    return this.#bytesOut;
  }

  get bytesIn(): number {
    return this.#bytesIn;
  }

  /** Opens a link, which is the present one from now on. */
  open(address: Address): void {
    const link: Link = this.#transport.connect(address, {
      ...this.#handlersFor(() => link),
      open: () => {
        if (this.#present === link) this.#handlers.open();
      },
    });
    this.#present = link;
    this.#isOurs = true;
  }

  /** Keeps a link on which the peer has said hello until it is adopted or rejected. */
  call(link: Link, hello: Hello): LinkHandlers {
    this.#callers.set(link.id, { link, hello });
    return this.#handlersFor(() => link);
  }

  /** Makes a caller's link the present one. @returns the hello that was said on it. */
  adopt(id: string): Hello | undefined {
    const caller = this.#callers.get(id);
    if (caller === undefined) return undefined;
    this.#callers.delete(id);
    this.close({ code: 'superseded', reason: 'a newer link of this peering has said hello' });
    this.#present = caller.link;
    this.#isOurs = false;
    return caller.hello;
  }

  /** @returns the hello that was said on the link. */
  reject(id: string, reject: Reject): Hello | undefined {
    const caller = this.#callers.get(id);
    if (caller === undefined) return undefined;
    this.#callers.delete(id);
    caller.link.send(this.#write.reject(reject));
    caller.link.close();
    return caller.hello;
  }

  /** Sends on the present link, if there is one. */
  send(frame: Uint8Array): void {
    if (this.#present === undefined) return;
    this.#framesOut += 1;
    this.#bytesOut += frame.length;
    this.#present.send(frame);
  }

  /** Closes the present link. The peer sees that if the connection is ours; else it has to be told. */
  close(farewell: Reject): void {
    const link = this.#present;
    if (link === undefined) return;
    if (!this.#isOurs) this.send(this.#write.reject(farewell));
    this.#present = undefined;
    link.close();
  }

  #handlersFor(link: () => Link): LinkHandlers {
    return {
      frame: (frame) => {
        if (this.#present !== link()) return;
        this.#framesIn += 1;
        this.#bytesIn += frame.length;
        this.#handlers.frame(frame);
      },
      hint: (reason) => {
        if (this.#present === link()) this.#handlers.hint(reason);
      },
      lost: (reason) => {
        if (this.#present === link()) this.#handlers.lost(reason);
      },
    };
  }
}
