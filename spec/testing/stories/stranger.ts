/**
 * Stranger: a host that passes itself off as a node and speaks the protocol frame by frame, as a program in another
 * language could, and as nobody should.
 */
import type { Hello } from '../../../transport/frames/frames.js';
import { FrameWriter } from '../../../transport/frames/writer.js';
import type { Address, Link, Transport } from '../../../transport/transport.js';

/** Whom it plays, and to whom. */
type Part = Pick<Hello, 'from' | 'to' | 'nodeType'>;

/** What it does with each frame that comes on a link, the first one included. */
export type Reply = (link: Link, count: number) => void;

export class Stranger {
  readonly #transport: Transport;
  readonly #write: FrameWriter;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.#write = new FrameWriter(transport.headroom);
  }

  /** Waits for calls, as a node with a port does. */
  async listen(address: Address, reply: Reply): Promise<void> {
    await this.#transport.listen(address, {
      link: (link) => {
        let count = 1;
        reply(link, count);
        return { frame: () => reply(link, ++count), hint() {}, lost() {} };
      },
      garbage() {},
    });
  }

  /** Calls a node, and begins with a hello. */
  call(address: Address, part: Part, reply: Reply): void {
    let count = 0;
    const link: Link = this.#transport.connect(address, {
      open: () => link.send(this.hello(part)),
      frame: () => reply(link, ++count),
      hint() {},
      lost() {},
    });
  }

  hello(part: Part): Uint8Array {
    return this.#write.hello({
      cluster: 'muster',
      ...part,
      id: `${part.from}_1`,
      subscriptions: [],
      revision: 1,
      credit: 1_048_576,
      clusterStarted: false,
    });
  }

  accept(): Uint8Array {
    return this.#write.accept();
  }

  reject(): Uint8Array {
    return this.#write.reject({ code: 'protocol', reason: 'it does not like it' });
  }

  bye(): Uint8Array {
    return this.#write.bye({ last: 0, unacknowledged: 0 });
  }

  /** A frame with a code that is reserved. */
  nonsense(): Uint8Array {
    const frame = new Uint8Array(this.#transport.headroom + 1);
    frame[this.#transport.headroom] = 0x7f;
    return frame;
  }
}
