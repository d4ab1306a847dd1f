/**
 * Hostile host: listens in the place of a node, and answers each link with what it was given to say.
 */
import type { ExecutionContext } from 'ava';
import { systemRuntime } from '../../runtime.js';
import type { Link, Transport } from '../../transport/transport.js';
import { createZeromqTransport } from '../../transport/zeromq/transport.js';

export class HostileHost {
  /** The frames that the next links get, one list each. A link that finds none gets no answer. */
  readonly answers: (readonly Uint8Array[])[] = [];
  readonly #transport: Transport;

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `changed` is called when an answer has been given. */
  static async open(t: ExecutionContext, port: number, changed: () => void): Promise<HostileHost> {
    const times = { heartbeatInterval: 1_000, heartbeatTimeout: 3_000 };
    const host = new HostileHost(createZeromqTransport({ runtime: systemRuntime, ...times }));
    t.teardown(() => host.close());
    const ignore = { frame: () => {}, hint: () => {}, lost: () => {} };
    await host.#transport.listen(
      { ip: '127.0.0.1', port },
      {
        garbage: () => {},
        link: (link) => {
          for (const payload of host.answers.shift() ?? []) link.send(host.#frameOf(payload));
          changed();
          return ignore;
        },
      },
    );
    return host;
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  #frameOf(payload: Uint8Array): Parameters<Link['send']>[0] {
    return Buffer.concat([Buffer.alloc(this.#transport.headroom), payload]);
  }
}
