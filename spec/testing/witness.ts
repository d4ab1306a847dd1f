/**
 * Witness: what one lifetime of a node was told and did, from its bootstrap script on. Whatever happens to the cluster,
 * what it was told must fit together; what does not is a fault.
 */
import type { LeaveReport } from '../../actors/leaving.js';
import type { ClusterNode } from '../../index.js';
import { options } from './options.js';

/** Numbers from one lifetime of a sender. */
interface Numbers {
  last: number;
  /** How many are missing before it. */
  missing: number;
  readonly arrivals: { readonly number: number; readonly at: number }[];
}

/** Numbers that were kept for a peer that was away for too long. */
export interface GivenUp {
  readonly at: number;
  /** Id of the peer's lifetime. */
  readonly peer: string;
  readonly upTo: number;
}

export interface Change {
  readonly at: number;
  readonly peer: string;
  readonly kind: 'up' | 'down';
}

const counted = ['control', 'logger', 'manager', 'proxy', 'worker', 'timeMachine'] as const;

export class Witness {
  readonly node: ClusterNode;
  /** The id under which each peer is up. */
  readonly up = new Map<string, string>();
  readonly changes: Change[] = [];
  /** By lifetime of the sender. */
  readonly received = new Map<string, Numbers>();
  readonly givenUp: GivenUp[] = [];
  /** Events that are lost between here and a lifetime of a peer. */
  readonly lost = new Map<string, number>();
  /** Last number published to each lifetime of a peer. */
  readonly published = new Map<string, number>();
  /** Names of managers whose `cluster_started` it has seen. */
  readonly starts = new Set<string>();
  isFullyConnected = false;
  isDegraded = false;
  /** From when on it is told of nobody any more. */
  leavingSince = Number.POSITIVE_INFINITY;
  /** What it could not bring home, once it has left by itself. */
  report: LeaveReport | undefined;
  /** It may have had no time to say what it had found. */
  hasCrashed = false;
  readonly #now: () => number;
  readonly #wrong: (what: string) => void;
  /** Lifetimes that have reported for the first time. */
  readonly #reported = new Set<string>();
  #hello = '';

  /** @param onStart - Told when its node, a manager, raises `cluster_started`. */
  constructor(node: ClusterNode, now: () => number, onFault: (fault: string) => void, onStart: () => void) {
    this.node = node;
    this.#now = now;
    this.#wrong = (what) => onFault(`${node.id}: ${what}`);
    node.on('Cluster::hello', (name, id) => {
      this.#hello = `${name} ${id}`;
    });
    node.on('Cluster::node_up', (name, id) => this.#peerUp(name, id));
    node.on('Cluster::node_down', (name, id) => this.#peerDown(name, id));
    node.on('Cluster::Experimental::cluster_started', () => {
      const manager = node.eventSender() ?? node.name;
      // A control node is not asked whether it has seen one before.
      if (this.starts.has(manager) && node.localNodeType() !== 'control')
        this.#wrong(`the cluster of ${manager} has started twice`);
      this.starts.add(manager);
      if (manager === node.name) onStart();
    });
    node.on('Cluster::Experimental::node_fully_connected', (name, id, resending) => {
      if (name === node.name) this.#fullyConnected();
      else this.#reportedBy(id, resending);
    });
    node.on('Muster::degraded', () => {
      if (this.isDegraded) this.#wrong('it is degraded twice');
      this.isDegraded = true;
    });
    node.on('Muster::recovered', () => {
      if (!this.isDegraded) this.#wrong('it has recovered without being degraded');
      this.isDegraded = false;
    });
    node.on('Muster::leaving', () => {
      this.leavingSince = this.#now();
    });
    node.on('Muster::events_lost', (name, id, count) => this.#lose(name, id, count));
    node.on('App::number', (id: string, number: number) => this.#take(id, number));
  }

  /** A number, in an event of about so many bytes, to the present lifetime of a peer, if it is up. */
  publish(peer: string, bytes: number): void {
    const id = this.up.get(peer);
    if (id === undefined) return;
    const number = (this.published.get(id) ?? 0) + 1;
    this.published.set(id, number);
    this.node.publish(this.node.nodeidTopic(id), 'App::number', this.node.id, number, 'x'.repeat(bytes));
  }

  /** What the node says of its peers is what it was told of them. */
  count(): void {
    if (this.node.state === 'leaving' || this.node.state === 'left') return;
    const active = counted.reduce((sum, type) => sum + this.node.getActiveNodeCount(type), 0);
    if (active !== this.up.size) this.#wrong(`${active} nodes are active, ${this.up.size} are up`);
    for (const [name, { id }] of Object.entries(this.node.nodes())) {
      if (name !== this.node.name && id !== this.up.get(name)) {
        this.#wrong(`${name} has the id ${id}, and is up as ${this.up.get(name)}`);
      }
    }
  }

  #peerUp(name: string, id: string): void {
    if (this.up.has(name)) this.#wrong(`${name} is up twice`);
    if (!id.startsWith(`${name}_`)) this.#wrong(`${name} has the id ${id}`);
    if (this.#hello !== `${name} ${id}`) this.#wrong(`${name} is up as ${id} without a hello`);
    if (!Object.hasOwn(this.node.nodes(), name)) this.#wrong(`${name} is not in the layout, and is up`);
    this.#hello = '';
    this.up.set(name, id);
    this.changes.push({ at: this.#now(), peer: name, kind: 'up' });
    this.count();
  }

  #peerDown(name: string, id: string): void {
    if (this.up.get(name) !== id) this.#wrong(`${name} is down as ${id}, and was up as ${this.up.get(name)}`);
    this.up.delete(name);
    this.changes.push({ at: this.#now(), peer: name, kind: 'down' });
    this.count();
  }

  #take(id: string, number: number): void {
    const sender = this.node.eventSender() ?? '';
    if (sender !== id.slice(0, id.lastIndexOf('_'))) this.#wrong(`${id} is not ${sender}`);
    const isLeaving = this.node.state === 'leaving' || this.node.state === 'left';
    if (!isLeaving && this.up.get(sender) !== id) this.#wrong(`number ${number} of ${id} comes while it is not up`);
    const known = this.received.get(id) ?? { last: 0, missing: 0, arrivals: [] };
    if (number <= known.last) this.#wrong(`number ${number} of ${id} comes after ${known.last}`);
    known.missing += number - known.last - 1;
    known.last = number;
    known.arrivals.push({ number, at: this.#now() });
    this.received.set(id, known);
  }

  #lose(name: string, id: string, count: number): void {
    this.lost.set(id, (this.lost.get(id) ?? 0) + count);
    const latest = this.changes.findLast(({ peer }) => peer === name);
    const isAway = latest?.kind === 'down' && this.#now() - latest.at >= options.resumeInterval;
    if (isAway) this.givenUp.push({ at: this.#now(), peer: id, upTo: this.published.get(id) ?? 0 });
  }

  #fullyConnected(): void {
    if (this.isFullyConnected) this.#wrong('it is fully connected twice');
    this.isFullyConnected = true;
  }

  #reportedBy(id: string, isResending: boolean): void {
    if (!isResending && this.#reported.has(id)) this.#wrong(`${id} reports for the first time twice`);
    this.#reported.add(id);
  }
}
