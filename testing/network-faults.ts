/**
 * Network faults: the half of a simulated cluster that is about what lies between its nodes.
 */
import { MusterError } from '../errors.js';
import type { Layout } from '../layout/types.js';
import { type NetworkOptions, SimulatedNetwork } from '../transport/memory/network.js';
import type { Address } from '../transport/transport.js';

/** A connection that a node began to make. */
export interface Attempt {
  /** In ms since the simulation began. */
  readonly at: number;
  /** Id of the node's lifetime. */
  readonly id: string;
  /** Name of the node to which it connects; its address, if the layout has none there. */
  readonly to: string;
}

export abstract class NetworkFaults {
  #layout: Layout;
  /** Every connection that a node began to make, in order. */
  readonly attempts: Attempt[] = [];
  protected readonly network: SimulatedNetwork;
  /** Names of the nodes by ip and port. */
  #byAddress: ReadonlyMap<string, string>;

  constructor(layout: Layout, options: NetworkOptions) {
    this.#layout = layout;
    this.#byAddress = byAddress(layout);
    this.network = new SimulatedNetwork({ ...options, attempted: (host, to) => this.#attempted(host, to) });
  }

  /** The layout of the cluster. */
  get layout(): Layout {
    return this.#layout;
  }

  protected set layout(layout: Layout) {
    this.#layout = layout;
    this.#byAddress = byAddress(layout);
  }

  abstract get now(): number;
  abstract get running(): string[];

  /** Id of the lifetime that runs at a host. */
  protected abstract idOf(host: string): string;

  /** Something is done to the cluster, and told. */
  protected abstract fault<T>(fault: string, args: readonly unknown[], happen: () => T): T;

  /** Connections that stand. */
  get connections(): number {
    return this.network.connections;
  }

  /** All connections between two nodes end, with what is on its way. */
  cut(one: string, other: string): void {
    this.fault('cut', [one, other], () => this.network.cut(one, other));
  }

  /** Nothing comes from one node to another any more, and nobody is told. */
  block(from: string, to: string): void {
    this.fault('block', [from, to], () => this.network.block(from, to));
  }

  unblock(from: string, to: string): void {
    this.fault('unblock', [from, to], () => this.network.unblock(from, to));
  }

  /**
   * Nothing comes from any of `some` to any of `others` any more, nor back unless `oneWay`; and nobody is told.
   * @param others - Names of nodes. @defaultValue all that are not among `some`
   */
  partition(some: readonly string[], others?: readonly string[], { oneWay = false } = {}): void {
    const all = new Set([...Object.keys(this.layout), ...this.running]);
    for (const to of others ?? [...all].filter((name) => !some.includes(name))) {
      for (const from of some) {
        this.block(from, to);
        if (!oneWay) this.block(to, from);
      }
    }
  }

  /** From one node to another, each connection carries only so many bytes in a second from now on. */
  throttle(from: string, to: string, bytesPerSecond: number): void {
    this.fault('throttle', [from, to, bytesPerSecond], () => this.network.ways.throttle(from, to, bytesPerSecond));
  }

  /** A node takes only so many bytes in a second of what comes, from now on. */
  slow(name: string, bytesPerSecond: number): void {
    this.fault('slow', [name, bytesPerSecond], () => this.network.readers.slow(name, bytesPerSecond));
  }

  /** Connections to a node are refused from now on; those that stand go on. */
  refuse(name: string): void {
    this.fault('refuse', [name], () => this.network.refuse(name));
  }

  admit(name: string): void {
    this.fault('admit', [name], () => this.network.admit(name));
  }

  /** Another program has a node's port from the moment it is free: the node cannot start, and who connects finds no node. */
  occupy(name: string): void {
    this.fault('occupy', [name], () => this.network.occupy(this.#addressOf(name)));
  }

  vacate(name: string): void {
    this.fault('vacate', [name], () => this.network.vacate(this.#addressOf(name)));
  }

  /** Nothing is wrong with the network any more: neither ways nor readers nor ports. */
  heal(): void {
    this.fault('heal', [], () => this.network.heal());
  }

  #attempted(host: string, to: Address): void {
    const where = `${to.ip}:${to.port}`;
    this.attempts.push({ at: this.now, id: this.idOf(host), to: this.#byAddress.get(where) ?? where });
  }

  #addressOf(name: string): Address {
    const node = this.layout[name];
    if (node?.port === undefined) throw new MusterError('MUSTER_NODE_UNKNOWN', `no node ${name} with a port`);
    return { ip: node.listenAddress ?? node.ip, port: node.port };
  }
}

function byAddress(layout: Layout): ReadonlyMap<string, string> {
  return new Map(Object.entries(layout).map(([name, { ip, port }]) => [`${ip}:${port}`, name]));
}
