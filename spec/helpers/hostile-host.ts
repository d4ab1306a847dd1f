/**
 * Hostile host: listens in the place of a node, and does with each link what it was given to do.
 */
import type { ExecutionContext } from 'ava';
import type { KeyPair } from '../../keys/key-pair.js';
import { frameOf } from '../../keys/secured-link.js';
import type { Link } from '../../transport/transport.js';
import { headroom } from '../../transport/zeromq/frame.js';
import { zeromq } from './secured-pair.js';

/** A link that somebody has opened to this host. */
export class Caller {
  /** What the first frame said. */
  readonly first: Uint8Array;
  /** Is told what further frames say. */
  take: (payload: Uint8Array) => void = () => {};
  /** Is told that the other end has closed the link. */
  gone: () => void = () => {};
  readonly #link: Link;

  constructor(link: Link, first: Uint8Array) {
    this.#link = link;
    this.first = first;
  }

  get id(): string {
    return this.#link.id;
  }

  send(payload: Uint8Array): void {
    this.#link.send(frameOf(headroom, payload));
  }
}

export class HostileHost {
  readonly close: () => Promise<void>;

  private constructor(close: () => Promise<void>) {
    this.close = close;
  }

  /** `own`: with which everybody may connect; none for one who listens without keys. */
  static async open(
    t: ExecutionContext,
    port: number,
    receive: (caller: Caller) => void,
    own?: KeyPair,
  ): Promise<HostileHost> {
    const transport = zeromq();
    const host = new HostileHost(() => transport.close());
    t.teardown(host.close);
    await transport.listen(
      { ip: '127.0.0.1', port },
      {
        garbage: () => {},
        link: (link, frame) => {
          const caller = new Caller(link, Uint8Array.from(frame.subarray(headroom)));
          receive(caller);
          return {
            frame: (frame) => caller.take(frame.subarray(headroom)),
            hint: () => {
              link.close();
              caller.gone();
            },
            lost: () => caller.gone(),
          };
        },
      },
      own && { secretKey: own.secretKey.reveal(), refuses: () => undefined },
    );
    return host;
  }
}
