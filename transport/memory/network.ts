/**
 * Simulated network: what lies between hosts in a simulation. It carries the frames of connections after a while, in order
 * and whole, as TCP does, and has the faults of a real one: connections that end with what is on its way, ways that carry
 * nothing and tell nobody or carry little, hosts that read slowly or cannot be reached, ports that others have.
 * Time and chance come from the runtime that is handed in, so a run is a function of its seed.
 */
import type { Runtime } from '../../runtime.js';
import type { Address } from '../transport.js';
import type { Connection } from './connection.js';
import type { Port } from './port.js';
import { SlowReaders } from './slow-readers.js';
import { type WayOptions, Ways } from './ways.js';

export interface NetworkOptions extends WayOptions {
  readonly runtime: Runtime;
  /** Told of each connection that a host begins to make. */
  readonly attempted?: (host: string, to: Address) => void;
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
  readonly ways: Ways;
  readonly readers = new SlowReaders();
  readonly #options: NetworkOptions;
  readonly #ports = new Map<string, Port>();
  readonly #connections = new Set<Connection>();
  /** Hosts that take no connections. */
  readonly #refusing = new Set<string>();
  /** Ports that somebody has who is no node. */
  readonly #occupied = new Set<string>();
  #nextPort = firstFreePort;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.runtime = options.runtime;
    this.ways = new Ways(options.runtime, options);
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
    this.ways.block(from, to, () => this.cut(from, to));
  }

  unblock(from: string, to: string): void {
    this.ways.unblock(from, to);
    this.#resume();
  }

  /** Connections to a host are refused, until {@link admit}; those that stand go on. */
  refuse(host: string): void {
    this.#refusing.add(host);
  }

  admit(host: string): void {
    this.#refusing.delete(host);
  }

  isRefusing(host: string): boolean {
    return this.#refusing.has(host);
  }

  /** Somebody who is no node has a port, from the moment it is free until {@link vacate}. */
  occupy({ ip, port }: Address): void {
    this.#occupied.add(keyOf({ ip, port }));
  }

  vacate(address: Address): void {
    this.#occupied.delete(keyOf(address));
  }

  isOccupied(address: Address): boolean {
    return this.#occupied.has(keyOf(address)) && !this.#ports.has(keyOf(address));
  }

  /** Nothing is wrong any more. */
  heal(): void {
    this.ways.heal();
    this.readers.heal();
    this.#refusing.clear();
    this.#occupied.clear();
    this.#resume();
  }

  /** @returns `undefined` if somebody has that port. */
  bind({ ip, port }: Address, open: (address: Address) => Port): Port | undefined {
    const key = keyOf({ ip, port });
    if (this.#ports.has(key) || this.#occupied.has(key)) return undefined;
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

  attempt(host: string, to: Address): void {
    this.#options.attempted?.(host, to);
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection);
  }

  #resume(): void {
    for (const connection of this.#connections) connection.resume();
  }

  #freePort(ip: string): number {
    while (this.#ports.has(keyOf({ ip, port: this.#nextPort }))) this.#nextPort += 1;
    return this.#nextPort++;
  }
}

function keyOf({ ip, port }: Address): string {
  return `${ip} ${port}`;
}
