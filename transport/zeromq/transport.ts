/**
 * The ZeroMQ transport: one XPUB for each port that is listened at, one XSUB for each link that is opened.
 * Owns their sockets. `acceptor.ts` and `initiator.ts` have the two ends of a link, `sockets.ts` all options,
 * `frame.ts` the bytes.
 */
import { MusterError } from '../../errors.js';
import { atMost, type Runtime } from '../../runtime.js';
import type { CurveClient, CurveListener, CurveServer, CurveTransport } from '../curve.js';
import type { Address, ConnectHandlers, Link, ListenHandlers } from '../transport.js';
import { Acceptor } from './acceptor.js';
import { describe } from './endpoint.js';
import { headroom, maxFrameSize } from './frame.js';
import { Initiator } from './initiator.js';
import { flushTime, type SocketTimes } from './sockets.js';

export { maxFrameSize } from './frame.js';

export interface ZeromqTransportOptions {
  readonly runtime: Runtime;
  /** Time between two ZMTP heartbeats, in ms. From 1 to 60_000. */
  readonly heartbeatInterval: number;
  /** How long a connection may stay silent after a heartbeat, in ms. From 1 to 60_000. */
  readonly heartbeatTimeout: number;
  /** How long a connection may take until its handshake is done, in ms. From 1. @defaultValue 5_000 */
  readonly handshakeTimeout?: number;
}

/** Turns of the event loop after which `settled()` gives up on a socket that always has more: about 64 MiB. */
const maxTurnsToSettle = 256;

export function createZeromqTransport(options: ZeromqTransportOptions): CurveTransport {
  const { runtime, heartbeatInterval, heartbeatTimeout, handshakeTimeout = 5_000 } = options;
  return new ZeromqTransport(runtime, { heartbeatInterval, heartbeatTimeout, handshakeTimeout });
}

class ZeromqTransport implements CurveTransport {
  readonly headroom = headroom;
  readonly maxFrameSize = maxFrameSize;
  readonly #runtime: Runtime;
  readonly #times: SocketTimes;
  /** Those of which anything is left, so also a safeguard: an object that nobody holds is closed by the garbage collector. */
  readonly #ends = new Set<Acceptor | Initiator>();
  #closing: Promise<void> | undefined;

  constructor(runtime: Runtime, times: SocketTimes) {
    this.#runtime = runtime;
    this.#times = times;
  }

  async listen(address: Address, handlers: ListenHandlers, curve?: CurveServer): Promise<CurveListener> {
    if (this.#closing !== undefined) {
      throw new MusterError('MUSTER_LISTEN_FAILED', `cannot listen at ${describe(address)}: the transport is closed`);
    }
    const acceptor = this.#keep(new Acceptor(address, handlers, this.#runtime, this.#times, curve));
    await acceptor.bind();
    return acceptor;
  }

  connect(address: Address, handlers: ConnectHandlers, _peer?: string, curve?: CurveClient): Link {
    const initiator = this.#keep(new Initiator(address, handlers, this.#runtime, this.#times, curve));
    if (this.#closing !== undefined) initiator.close();
    return initiator;
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#ends].map((end) => end.drained(maxTurnsToSettle)));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ends = [...this.#ends];
    for (const end of ends) void end.close();
    await atMost(this.#runtime, 2 * flushTime, Promise.all(ends.map((end) => end.ended)));
  }

  #keep<End extends Acceptor | Initiator>(end: End): End {
    this.#ends.add(end);
    void end.ended.then(() => this.#ends.delete(end));
    return end;
  }
}
