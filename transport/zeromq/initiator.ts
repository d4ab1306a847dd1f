/**
 * Initiator: a link as seen from the side that opened it. It owns an XSUB, and with it a connection, for itself.
 * The connection is never made again: when it ends, what had come is read to the end, then the link is lost.
 *
 *   connecting → greeting → open → ending → over        (any) → over
 */
import type { Event } from 'zeromq';
import { messageOf } from '../../errors.js';
import { type Runtime, turn } from '../../runtime.js';
import type { CurveClient } from '../curve.js';
import type { Address, ConnectHandlers, Link } from '../transport.js';
import { describe, endpointOf } from './endpoint.js';
import { hasTopic, idOf, idSize, stamp, subscriptionTo, topicOf } from './frame.js';
import { isHandshakeFailure, monitor, whyNoHandshake } from './monitor.js';
import { Receiver } from './receiver.js';
import { closeSocket, flushTime, InitiatorSocket, type SocketTimes } from './sockets.js';

export class Initiator implements Link {
  readonly id: string;
  /** Resolves once nothing is left of the connection. */
  readonly ended: Promise<void>;
  readonly #topic: Uint8Array;
  readonly #peer: string;
  readonly #handlers: ConnectHandlers;
  readonly #runtime: Runtime;
  #phase: 'connecting' | 'greeting' | 'open' | 'ending' | 'over' = 'connecting';
  #socket: InitiatorSocket | undefined;
  #receiver: Receiver | undefined;
  #hasSent = false;
  #hasConnection = true;

  constructor(
    address: Address,
    handlers: ConnectHandlers,
    runtime: Runtime,
    times: SocketTimes,
    curve: CurveClient | undefined,
  ) {
    this.#topic = topicOf(runtime.randomBytes(idSize));
    this.id = idOf(this.#topic);
    this.#peer = describe(address);
    this.#handlers = handlers;
    this.#runtime = runtime;
    try {
      const endpoint = endpointOf(address, 'connect');
      const socket = new InitiatorSocket(times, address.ip.includes(':'), curve);
      this.#socket = socket;
      this.ended = monitor(socket, runtime, (event) => this.#hear(event));
      this.#receiver = new Receiver(socket, runtime, (part) => this.#receive(part));
      socket.connect(endpoint);
      this.#hand(subscriptionTo(this.#topic));
    } catch (cause) {
      this.ended ??= Promise.resolve();
      runtime.endOfTurn(() => this.#lose(`cannot connect to ${this.#peer}: ${messageOf(cause)}`));
    }
  }

  send(frame: Uint8Array): void {
    if (this.#phase === 'over') return;
    stamp(frame, this.#topic);
    this.#hasSent = true;
    this.#hand(frame);
  }

  close(): void {
    // Frames that still wait for the connection are worth a wait too; a mere subscription is not.
    const isWorthIt = this.#phase === 'open' || (this.#phase !== 'ending' && this.#hasSent);
    void this.#end(isWorthIt ? flushTime : 0);
  }

  async drained(maxTurns: number): Promise<void> {
    await this.#receiver?.drained(maxTurns);
  }

  #hand(message: Uint8Array): void {
    this.#socket?.send(message).catch(this.#failToSend);
  }

  readonly #failToSend = (cause: unknown): void => {
    this.#lose(`sending to ${this.#peer} failed: ${messageOf(cause)}`);
  };

  #receive(part: Buffer): void {
    if (!hasTopic(part, this.#topic)) {
      this.#lose(`${this.#peer} sent what is no frame of this link`);
      return;
    }
    this.#open();
    if (this.#phase !== 'over') this.#handlers.frame(part);
  }

  #hear(event: Event): void {
    if (isHandshakeFailure(event)) {
      this.#break(`no handshake with ${this.#peer}: ${whyNoHandshake(event)}`);
      return;
    }
    switch (event.type) {
      case 'connect':
        if (this.#phase === 'connecting') this.#phase = 'greeting';
        break;
      case 'handshake':
        this.#open();
        break;
      case 'close':
      case 'disconnect':
      case 'connect:retry':
        this.#break(this.#whyEnded());
        break;
    }
  }

  #whyEnded(): string {
    if (this.#phase === 'connecting') {
      return `cannot connect to ${this.#peer}: nothing listens there, or it cannot be reached`;
    }
    return this.#phase === 'greeting'
      ? `${this.#peer} ended the connection without a handshake; what listens there is no node`
      : `the connection to ${this.#peer} has ended`;
  }

  #open(): void {
    if (this.#phase !== 'connecting' && this.#phase !== 'greeting') return;
    this.#phase = 'open';
    this.#handlers.open();
  }

  /** The connection is gone; what had come before may still be unread. */
  #break(reason: string): void {
    this.#hasConnection = false;
    if (this.#phase === 'connecting' || this.#phase === 'greeting') this.#lose(reason);
    if (this.#phase !== 'open') return;
    this.#phase = 'ending';
    void this.#receiver?.drained().then(() => this.#lose(reason));
  }

  #lose(reason: string): void {
    if (this.#phase === 'over') return;
    void this.#end(0);
    this.#handlers.lost(reason);
  }

  async #end(flush: number): Promise<void> {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    if (flush > 0) {
      // The other side may just have ended the connection too; then libzmq would wait to the end with nobody to flush to.
      await turn(this.#runtime);
      await turn(this.#runtime);
    }
    if (this.#socket !== undefined) closeSocket(this.#socket, this.#hasConnection ? flush : 0);
  }
}
