/**
 * Simulated network: what lies between hosts in a simulation. It carries the frames of connections after a while, in order
 * and whole, as TCP does, and has the faults of a real one: connections that end with what is on its way, ways that carry
 * nothing and tell nobody, hosts that cannot be reached.
 * Time and chance come from the runtime that is handed in, so a run is a function of its seed.
 */
import type { Runtime } from '../../runtime.js';
import type { Address } from '../transport.js';
import type { Connection } from './connection.js';
import type { Port } from './port.js';

export interface NetworkOptions {
  readonly runtime: Runtime;
  /** How long a frame is on its way, in ms, ≥ 0; asked for each. Never overtaking the one before. @defaultValue 0 */
  readonly latency?: (from: string, to: string) => number;
  /** How long a way may carry nothing before its connections end at both sides, in ms. @defaultValue 4_000 */
  readonly heartbeatTimeout?: number;
}

/** Somebody in the network. */
export interface Host {
  /** Its name. */
  readonly host: string;
  readonly runtime: Runtime;
}

/** Ports that are given to those who ask for any. */
const firstFreePort = 49_152;

export class SimulatedNetwork {
  readonly runtime: Runtime;
  readonly #options: NetworkOptions;
  readonly #ports = new Map<string, Port>();
  readonly #connections = new Set<Connection>();
  /** Ways that carry nothing, `from>to`, and since when. */
  readonly #dead = new Map<string, number>();
  #nextPort = firstFreePort;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.runtime = options.runtime;
  }

  /** Connections that stand or are being made. */
  get connections(): number {
    return this.#connections.size;
  }

  /** All connections between two hosts end, with what is on its way. */
  cut(one: string, other: string): void {
    for (const connection of [...this.#connections]) if (connection.joins(one, other)) connection.breakOff();
  }

  /** From now on nothing comes from one host to another, and nobody is told, until {@link unblock} or the connections end. */
  block(from: string, to: string): void {
    const way = wayOf(from, to);
    if (this.#dead.has(way)) return;
    const since = this.runtime.monotonic();
    this.#dead.set(way, since);
    const { heartbeatTimeout = 4_000 } = this.#options;
    this.runtime.setTimeout(() => {
      if (this.#dead.get(way) === since) this.cut(from, to);
    }, heartbeatTimeout);
  }

  unblock(from: string, to: string): void {
    this.#dead.delete(wayOf(from, to));
    for (const connection of this.#connections) connection.resume();
  }

  /** Nothing is blocked any more. */
  heal(): void {
    this.#dead.clear();
    for (const connection of this.#connections) connection.resume();
  }

  carries(from: string, to: string): boolean {
    return !this.#dead.has(wayOf(from, to));
  }

  /** In ms. */
  latency(from: string, to: string): number {
    return this.#options.latency?.(from, to) ?? 0;
  }

  /** @returns `undefined` if somebody has that port. */
  bind({ ip, port }: Address, open: (address: Address) => Port): Port | undefined {
    if (this.#ports.has(keyOf({ ip, port }))) return undefined;
    const address = { ip, port: port === 0 ? this.#freePort(ip) : port };
    const bound = open(address);
    this.#ports.set(keyOf(address), bound);
    return bound;
  }

  release(address: Address): void {
    this.#ports.delete(keyOf(address));
  }

  portAt(address: Address): Port | undefined {
    return this.#ports.get(keyOf(address));
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection);
  }

  #freePort(ip: string): number {
    while (this.#ports.has(keyOf({ ip, port: this.#nextPort }))) this.#nextPort += 1;
    return this.#nextPort++;
  }
}

function wayOf(from: string, to: string): string {
  return `${from}>${to}`;
}

function keyOf({ ip, port }: Address): string {
  return `${ip} ${port}`;
}
