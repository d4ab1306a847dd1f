/**
 * Peer links: the links of one peering. One is the present one, and only what comes on it counts; on others the peer
 * may have said hello and waits for an answer.
 */
import type { TraceData } from '../trace/record.js';
import type { Tracer } from '../trace/tracer.js';
import { describeFrame } from '../transport/frames/describe.js';
import { frameCode, type Hello, type Reject } from '../transport/frames/frames.js';
import type { FrameWriter } from '../transport/frames/writer.js';
import type { Address, ConnectHandlers, Link, LinkHandlers, Transport } from '../transport/transport.js';

export interface PeerLinksSetup {
  /** Name of the peer. */
  readonly peer: string;
  readonly transport: Transport;
  readonly tracer: Tracer;
  readonly write: FrameWriter;
  readonly handlers: ConnectHandlers;
}

interface Present {
  readonly link: Link;
  /** Whether we opened it: then its end is the end of its connection. */
  readonly isOurs: boolean;
  /** Frames sent on it. */
  sent: number;
}

export class PeerLinks {
  readonly #peer: string;
  readonly #transport: Transport;
  readonly #tracer: Tracer;
  readonly #write: FrameWriter;
  readonly #handlers: ConnectHandlers;
  #present: Present | undefined;
  readonly #callers = new Map<string, { readonly link: Link; readonly hello: Hello }>();
  #framesOut = 0;
  #framesIn = 0;
  #bytesOut = 0;
  #bytesIn = 0;

  constructor({ peer, transport, tracer, write, handlers }: PeerLinksSetup) {
    this.#peer = peer;
    this.#transport = transport;
    this.#tracer = tracer;
    this.#write = write;
    this.#handlers = handlers;
  }

  /** Id of the present link; empty if there is none. */
  get id(): string {
    return this.#present?.link.id ?? '';
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
    const handlers: ConnectHandlers = {
      ...this.#handlersFor(() => link, 0),
      open: () => {
        if (this.#present?.link === link) this.#handlers.open();
      },
    };
    const link: Link = this.#transport.connect(address, handlers, this.#peer);
    this.#present = { link, isOurs: true, sent: 0 };
  }

  /** Keeps a link on which the peer has said hello until it is adopted or rejected. */
  call(link: Link, hello: Hello): LinkHandlers {
    this.#callers.set(link.id, { link, hello });
    return this.#handlersFor(() => link, 1);
  }

  /** Makes a caller's link the present one. @returns the hello that was said on it. */
  adopt(id: string): Hello | undefined {
    const caller = this.#callers.get(id);
    if (caller === undefined) return undefined;
    this.#callers.delete(id);
    this.close({ code: 'superseded', reason: 'a newer link of this peering has said hello' });
    this.#present = { link: caller.link, isOurs: false, sent: 0 };
    return caller.hello;
  }

  /** @returns the hello that was said on the link. */
  reject(id: string, reject: Reject): Hello | undefined {
    const caller = this.#callers.get(id);
    if (caller === undefined) return undefined;
    this.#callers.delete(id);
    this.#send({ link: caller.link, isOurs: false, sent: 0 }, this.#write.reject(reject));
    caller.link.close();
    return caller.hello;
  }

  /** Sends on the present link, if there is one. */
  send(frame: Uint8Array): void {
    if (this.#present !== undefined) this.#send(this.#present, frame);
  }

  /** Closes the present link. The peer sees that if the connection is ours; else it has to be told. */
  close(farewell: Reject): void {
    const present = this.#present;
    if (present === undefined) return;
    if (!present.isOurs) this.#send(present, this.#write.reject(farewell));
    this.#present = undefined;
    present.link.close();
  }

  #send(present: Present, frame: Uint8Array): void {
    this.#framesOut += 1;
    this.#bytesOut += frame.length;
    present.sent += 1;
    if (!this.#tracer.isOn) {
      present.link.send(frame);
      return;
    }
    const code = this.#codeOf(frame);
    if (!this.#tracer.tells(isDetail(code))) {
      present.link.send(frame);
      return;
    }
    const told = this.#tell(present.link, present.sent, frame);
    this.#tracer.handle('sent', told, () => present.link.send(frame), isDetail(code));
  }

  /** `before`: frames that have come on the link already. */
  #handlersFor(link: () => Link, before: number): LinkHandlers {
    let number = before;
    return {
      frame: (frame) => {
        number += 1;
        if (this.#present?.link !== link()) return;
        this.#framesIn += 1;
        this.#bytesIn += frame.length;
        if (!this.#tracer.isOn) {
          this.#handlers.frame(frame);
          return;
        }
        const code = this.#codeOf(frame);
        if (!this.#tracer.tells(isDetail(code))) {
          this.#handlers.frame(frame);
          return;
        }
        const told = this.#tell(link(), number, frame);
        this.#tracer.handle('received', told, () => this.#handlers.frame(frame), isDetail(code));
      },
      hint: (reason) => {
        if (this.#present?.link === link()) this.#handlers.hint(reason);
      },
      lost: (reason) => {
        if (this.#present?.link === link()) this.#handlers.lost(reason);
      },
    };
  }

  #codeOf(frame: Uint8Array): number {
    return frame[this.#transport.headroom] ?? -1;
  }

  #tell(link: Link, number: number, frame: Uint8Array): TraceData['sent'] {
    return { peer: this.#peer, link: link.id, number, ...describeFrame(frame, this.#transport.headroom) };
  }
}

/** Frames that carry events, and those that come with them: as many as there is traffic. */
const details: ReadonlySet<number> = new Set([
  frameCode.events,
  frameCode.chunk,
  frameCode.ack,
  frameCode.ping,
  frameCode.pong,
]);

function isDetail(code: number): boolean {
  return details.has(code);
}
