/**
 * Port: where a simulated transport listens, and the links that have come to it.
 */
import type { Runtime } from '../../runtime.js';
import type { Address, Link, LinkHandlers, ListenHandlers } from '../transport.js';
import { checkSize } from '../zeromq/frame.js';
import { Connection, type End } from './connection.js';
import type { Host, SimulatedNetwork } from './network.js';

export class Port {
  readonly host: string;
  readonly address: Address;
  readonly #runtime: Runtime;
  readonly #network: SimulatedNetwork;
  readonly #handlers: ListenHandlers;
  readonly #guests = new Set<Guest>();
  #isOpen = true;

  constructor(network: SimulatedNetwork, { host, runtime }: Host, address: Address, handlers: ListenHandlers) {
    this.#network = network;
    this.host = host;
    this.#runtime = runtime;
    this.address = address;
    this.#handlers = handlers;
  }

  /** A connection of a link with this id, whose other end is `initiator`. */
  accept(id: string, initiator: End): Connection {
    const guest = new Guest(id, this.host, this.#runtime, this.#handlers, () => this.#guests.delete(guest));
    const connection = new Connection(this.#network, initiator, guest);
    guest.connection = connection;
    this.#guests.add(guest);
    return connection;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#network.release(this.address);
    for (const guest of this.#guests) guest.hangUp();
  }

  /** The host is gone: nobody is told here any more. */
  breakOff(): void {
    this.close();
    for (const guest of this.#guests) guest.connection?.breakOff();
  }
}

/** The end of a connection on this side, which becomes a link with its first frame. */
class Guest implements End, Link {
  readonly id: string;
  readonly host: string;
  readonly runtime: Runtime;
  connection: Connection | undefined;
  readonly #listen: ListenHandlers;
  readonly #left: () => void;
  #handlers: LinkHandlers | undefined;
  #hasMet = false;
  #isClosed = false;

  constructor(id: string, host: string, runtime: Runtime, listen: ListenHandlers, left: () => void) {
    this.id = id;
    this.host = host;
    this.runtime = runtime;
    this.#listen = listen;
    this.#left = left;
  }

  take(frame: Uint8Array): void {
    if (this.#isClosed) return;
    if (this.#hasMet) {
      this.#handlers?.frame(frame);
      return;
    }
    this.#hasMet = true;
    const handlers = this.#listen.link(this, frame);
    if (handlers === undefined) this.close();
    else if (!this.#isClosed) this.#handlers = handlers;
  }

  ended(): void {
    this.#left();
    this.connection = undefined;
    if (!this.#isClosed) this.#handlers?.hint('its connection has ended');
  }

  send(frame: Uint8Array): void {
    checkSize(frame);
    if (!this.#isClosed) this.connection?.send('initiator', frame);
  }

  /** The connection is the initiator's, and stands. */
  close(): void {
    this.#isClosed = true;
    this.#handlers = undefined;
  }

  hangUp(): void {
    this.close();
    this.connection?.close('acceptor');
  }
}
