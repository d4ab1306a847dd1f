/**
 * Caller: a link as seen from the side that opened it. It owns its connection.
 */
import type { Runtime } from '../../runtime.js';
import { toHex } from '../../runtime.js';
import type { Address, ConnectHandlers, Link } from '../transport.js';
import { checkSize } from '../zeromq/frame.js';
import type { Connection, End } from './connection.js';
import type { Host, SimulatedNetwork } from './network.js';

export class Caller implements Link, End {
  readonly id: string;
  readonly host: string;
  readonly runtime: Runtime;
  readonly #network: SimulatedNetwork;
  readonly #address: Address;
  readonly #handlers: ConnectHandlers;
  readonly #ended: () => void;
  #connection: Connection | undefined;
  /** Frames that wait for the connection. */
  #waiting: Uint8Array[] = [];
  #isOver = false;

  /** @param ended - Called once, when nothing more is told of it. */
  constructor(
    network: SimulatedNetwork,
    { host, runtime }: Host,
    address: Address,
    handlers: ConnectHandlers,
    ended: () => void,
  ) {
    this.id = toHex(runtime.randomBytes(16));
    this.host = host;
    this.runtime = runtime;
    this.#network = network;
    this.#address = address;
    this.#handlers = handlers;
    this.#ended = ended;
    network.attempt(host, address);
    const { ways } = network;
    const port = network.portAt(address);
    const there = port?.host ?? '';
    // To where nothing gets, and from where nothing comes back, there is no connection, and no word.
    if (port !== undefined && !(ways.carries(host, there) && ways.carries(there, host))) return;
    const delay = ways.latency(host, there) + ways.latency(there, host);
    const answer = () => this.#answer();
    if (delay > 0) runtime.setTimeout(answer, delay);
    else runtime.endOfTurn(answer);
  }

  get #where(): string {
    const { ip, port } = this.#address;
    return `${ip}:${port}`;
  }

  take(frame: Uint8Array): void {
    if (!this.#isOver) this.#handlers.frame(frame);
  }

  ended(): void {
    this.#lose(`the connection to ${this.#where} has ended`);
  }

  send(frame: Uint8Array): void {
    checkSize(frame);
    if (this.#isOver) return;
    if (this.#connection === undefined) this.#waiting.push(Uint8Array.from(frame));
    else this.#connection.send('acceptor', frame);
  }

  close(): void {
    if (this.#isOver) return;
    // What was sent before the connection stood is still brought there.
    if (this.#connection === undefined && this.#waiting.length > 0) this.#end(() => this.#answer());
    else this.#end(() => this.#connection?.close('initiator'));
  }

  /** Its host is gone. */
  breakOff(): void {
    this.#isOver = true;
    this.#connection?.breakOff();
  }

  #answer(): void {
    if (this.#connection !== undefined) return;
    if (this.#network.isOccupied(this.#address)) {
      this.#lose(`no handshake with ${this.#where}: who listens there does not speak ZMTP`);
      return;
    }
    const port = this.#network.portAt(this.#address);
    if (port === undefined || this.#network.isRefusing(port.host)) {
      this.#lose(`cannot connect to ${this.#where}: nothing listens there, or it cannot be reached`);
      return;
    }
    if (this.#isOver && this.#waiting.length === 0) return;
    const connection = port.accept(this.id, this);
    this.#connection = connection;
    if (!this.#isOver) this.#handlers.open();
    for (const frame of this.#waiting.splice(0)) connection.send('acceptor', frame);
    if (this.#isOver) connection.close('initiator');
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.#end(() => this.#handlers.lost(reason));
  }

  #end(then: () => void): void {
    this.#isOver = true;
    this.#ended();
    then();
  }
}
