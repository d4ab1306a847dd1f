/**
 * Trial: a simulated cluster of a random layout under random faults, all of whose nodes write down what they are told.
 * Whatever happens, what each of them has written must fit what was promised; and once nothing is wrong any more, all
 * must be well again.
 */
import type { ClusterNode, LayoutDefinition, NodeDefinition } from '../../index.js';
import { peersOf } from '../../layout/topology.js';
import { type SimulatedCluster, simulateCluster } from '../../testing/index.js';
import { Random } from '../helpers/random.js';
import { Marks } from './marks.js';

/** Short, so that much happens in little time. */
const options = { retryInterval: 1_000, resumeInterval: 5_000, silentInterval: 10_000, leaveTimeout: 1_000 };
/** After the last fault, everything is well within so many ms. */
const recovery = 20_000;

/** What one lifetime of a node was told and did. */
class Witness {
  readonly faults: string[] = [];
  /** The id under which each peer is up. */
  readonly up = new Map<string, string>();
  /** Last number from each lifetime of a sender, and how many are missing before it. */
  readonly received = new Map<string, { last: number; missing: number }>();
  /** Events that are lost between here and a lifetime of a peer. */
  readonly lost = new Map<string, number>();
  /** Last number published to each lifetime of a peer. */
  readonly published = new Map<string, number>();
  starts = 0;
  isFullyConnected = false;
  /** It may have had no time to say what it had found. */
  hasCrashed = false;
  readonly #node: ClusterNode;

  constructor(node: ClusterNode) {
    this.#node = node;
    node.on('Cluster::node_up', (name, id) => {
      if (this.up.has(name)) this.#wrong(`${name} is up twice`);
      if (!id.startsWith(`${name}_`)) this.#wrong(`${name} has the id ${id}`);
      this.up.set(name, id);
      this.#count();
    });
    node.on('Cluster::node_down', (name, id) => {
      if (this.up.get(name) !== id) this.#wrong(`${name} is down as ${id}, and was up as ${this.up.get(name)}`);
      this.up.delete(name);
      this.#count();
    });
    node.on('Cluster::Experimental::cluster_started', () => {
      this.starts += 1;
      if (this.starts > 1) this.#wrong('the cluster has started twice');
    });
    node.on('Cluster::Experimental::node_fully_connected', (name) => {
      if (name === node.name) this.isFullyConnected = true;
    });
    node.on('Muster::events_lost', (_name, id, count) => {
      this.lost.set(id, (this.lost.get(id) ?? 0) + count);
    });
    node.on('App::number', (id: string, number: number) => {
      const known = this.received.get(id) ?? { last: 0, missing: 0 };
      if (number <= known.last) this.#wrong(`number ${number} of ${id} comes after ${known.last}`);
      this.received.set(id, { last: number, missing: known.missing + number - known.last - 1 });
      if (node.eventSender() !== id.slice(0, id.lastIndexOf('_'))) this.#wrong(`${id} is not ${node.eventSender()}`);
    });
  }

  /** To the present lifetime of a peer, if it is up. */
  publish(peer: string): void {
    const id = this.up.get(peer);
    if (id === undefined) return;
    const number = (this.published.get(id) ?? 0) + 1;
    this.published.set(id, number);
    this.#node.publish(this.#node.nodeidTopic(id), 'App::number', this.#node.id, number);
  }

  #count(): void {
    const types = ['logger', 'manager', 'proxy', 'worker'] as const;
    const active = types.reduce((sum, type) => sum + this.#node.getActiveNodeCount(type), 0);
    if (active !== this.up.size) this.#wrong(`${active} nodes are active, ${this.up.size} are up`);
  }

  #wrong(what: string): void {
    this.faults.push(`${this.#node.id}: ${what}`);
  }
}

export class Trial {
  readonly #cluster: SimulatedCluster;
  readonly #random: Random;
  /** By id of the lifetime. */
  readonly #witnesses: Map<string, Witness>;
  readonly #frozen = new Set<string>();
  readonly #marks: Marks;

  private constructor(cluster: SimulatedCluster, random: Random, witnesses: Map<string, Witness>, marks: Marks) {
    this.#marks = marks;
    this.#cluster = cluster;
    this.#random = random;
    this.#witnesses = witnesses;
  }

  /** Runs one from beginning to end. @returns what went wrong, and what was written: the same for the same seed. */
  static async run(seed: number, steps: number): Promise<{ faults: string[]; lines: string[] }> {
    const random = new Random(seed);
    const witnesses = new Map<string, Witness>();
    const marks = new Marks();
    const setup = (node: ClusterNode) => {
      witnesses.set(node.id, new Witness(node));
      marks.setUp(node);
    };
    const cluster = await simulateCluster({ layout: randomLayout(random), options, setup, seed });
    const trial = new Trial(cluster, random, witnesses, marks);
    const faults: string[] = [];
    for (let step = 0; step < steps; step++) await trial.#step();
    if (!(await trial.#recover())) faults.push(`not all is well after ${recovery} ms: ${trial.#show()}`);
    await trial.#flow();
    faults.push(...trial.#check(), ...marks.check(trial.#names.map((name) => cluster.node(name))));
    const lines = cluster.lines.map(({ at, node, kind, message }) => `${at.toFixed(3)} ${node} ${kind} ${message}`);
    faults.push(...(await trial.#leaveAll()));
    return { faults, lines };
  }

  get #names(): string[] {
    return Object.keys(this.#cluster.layout);
  }

  async #step(): Promise<void> {
    const [random, cluster] = [this.#random, this.#cluster];
    const name = random.pick(this.#names);
    const peer = random.pick(peersOf(cluster.layout, name));
    const isRunning = cluster.running.includes(name);
    switch (random.int(0, 18)) {
      case 0:
      case 1:
        cluster.cut(name, peer);
        break;
      case 2:
        cluster.block(name, peer);
        break;
      case 3:
        cluster.unblock(name, peer);
        cluster.unblock(peer, name);
        break;
      case 4:
        if (!isRunning) await cluster.start(name);
        else if (random.isLucky(0.5)) this.#crash(name);
        break;
      case 5:
        if (isRunning && !this.#frozen.has(name) && random.isLucky(0.3)) await cluster.leave(name);
        break;
      case 6:
        if (isRunning && random.isLucky(0.5)) {
          this.#frozen.add(name);
          cluster.freeze(name);
        }
        break;
      case 7:
        if (this.#frozen.delete(name)) cluster.thaw(name);
        break;
      case 8:
      case 9:
        await cluster.advance(random.pick([1, 50, 1_000, 6_000]));
        break;
      case 10:
      case 11:
        if (isRunning && !this.#frozen.has(name)) this.#marks.add(cluster.node(name));
        break;
      default:
        if (isRunning && !this.#frozen.has(name)) for (let i = 0; i < 5; i++) this.#witness(name).publish(peer);
        await cluster.advance(random.pick([0, 1, 3, 20]));
    }
  }

  #crash(name: string): void {
    this.#witness(name).hasCrashed = true;
    this.#marks.died(this.#cluster.node(name));
    this.#frozen.delete(name);
    this.#cluster.crash(name);
  }

  #witness(name: string): Witness {
    return this.#witnesses.get(this.#cluster.node(name).id) as Witness;
  }

  /** Everything is healed. Resolves to whether all nodes come to be connected and ready. */
  async #recover(): Promise<boolean> {
    const cluster = this.#cluster;
    cluster.heal();
    for (const name of this.#frozen) cluster.thaw(name);
    this.#frozen.clear();
    for (const name of this.#names) await cluster.start(name);
    return cluster.until(() => this.#names.every((name) => this.#isWell(name)), { within: recovery, step: 100 });
  }

  #isWell(name: string): boolean {
    const node = this.#cluster.node(name);
    return (
      node.state === 'ready' && node.peers.every(({ state }) => state === 'up') && this.#witness(name).isFullyConnected
    );
  }

  #show(): string {
    return this.#names
      .filter((name) => !this.#isWell(name))
      .map((name) => {
        const { state, peers } = this.#cluster.node(name);
        return `${name} is ${state}: ${peers.map((peer) => `${peer.name} ${peer.state}`).join(', ')}`;
      })
      .join('; ');
  }

  /** Numbers from each to each. */
  async #flow(): Promise<void> {
    for (const name of this.#names) {
      for (const peer of peersOf(this.#cluster.layout, name)) this.#witness(name).publish(peer);
    }
    await this.#cluster.advance(1_000);
  }

  #check(): string[] {
    const faults = [...this.#witnesses.values()].flatMap(({ faults }) => faults);
    faults.push(
      ...this.#cluster.lines
        .filter(({ kind, message }) => kind === 'error' || message.includes('breaks the protocol'))
        .map(({ node, message }) => `${node}: ${message}`),
    );
    for (const [id, { received, lost, hasCrashed }] of this.#witnesses) {
      if (hasCrashed) continue;
      for (const [sender, { missing }] of received) {
        const counted = lost.get(sender) ?? 0;
        if (missing > counted) faults.push(`${id} misses ${missing} of ${sender} and has counted ${counted}`);
      }
    }
    for (const name of this.#names) {
      const { id } = this.#cluster.node(name);
      for (const [peer, last] of this.#witness(name).published) {
        const there = this.#names.find((other) => this.#cluster.node(other).id === peer);
        if (there === undefined) continue;
        const got = this.#witness(there).received.get(id)?.last ?? 0;
        if (got !== last) faults.push(`${id} has published ${last} to ${peer}, which has got ${got}`);
      }
    }
    return faults;
  }

  /** @returns the nodes that still have timers. */
  async #leaveAll(): Promise<string[]> {
    const pending = this.#names.map((name) => [name, this.#cluster.pendingOf(name)] as const);
    for (const name of this.#names) await this.#cluster.leave(name);
    // What was on its way to them has come.
    await this.#cluster.advance(100);
    return pending.filter(([, count]) => count() > 0).map(([name, count]) => `${name} has left with ${count()} timers`);
  }
}

function randomLayout(random: Random): LayoutDefinition {
  const counts = { logger: random.int(0, 3), manager: 1, proxy: random.int(0, 3), worker: random.int(1, 5) } as const;
  const names = Object.entries(counts).flatMap(([type, count]) =>
    Array.from({ length: count }, (_, i) => [`${type}-${i + 1}`, type as NodeDefinition['nodeType']] as const),
  );
  return Object.fromEntries(
    names.map(([name, nodeType], i): [string, NodeDefinition] => {
      return [name, { nodeType, ip: '127.0.0.1', ...(nodeType !== 'worker' && { port: 1_000 + i }) }];
    }),
  );
}
