/**
 * Model: a simulated cluster under faults, together with all that must be true of it. It writes down the steps that are
 * taken, judges after each of them, and knows how to make all well again.
 */
import { type ClusterNode, type LayoutDefinition, MusterError } from '../../index.js';
import { peersOf } from '../../layout/topology.js';
import {
  type SimulatedCluster,
  type StartOptions,
  simulateCluster,
  type TraceRecord,
  type TraceSink,
} from '../../testing/index.js';
import { Charts } from './charts.js';
import { Coverage } from './coverage.js';
import { attemptFaults } from './invariants/attempts.js';
import { flowFaults } from './invariants/flow.js';
import { leakFaults } from './invariants/leaks.js';
import { startFaults } from './invariants/starts.js';
import { Marks } from './marks.js';
import { options, writeTime } from './options.js';
import { Witness } from './witness.js';

/** Once nothing is wrong and all nodes run, everything is well within so many ms. */
const recovery =
  options.silentInterval + options.connectTimeout + options.helloTimeout + 2 * options.retryInterval + 2_000;

export interface Step {
  readonly at: number;
  readonly words: readonly string[];
}

/** A process that runs under the name of a node. */
export interface Process {
  /** In the simulation; that of a twin is not its node's. */
  readonly name: string;
  readonly node: ClusterNode;
}

export class Model {
  readonly steps: Step[] = [];
  readonly faults: string[] = [];
  /** Of all lifetimes, in the order in which they began. */
  readonly witnesses: Witness[] = [];
  readonly frozen = new Set<string>();
  /** When each process was frozen last, and thawed: until then its clock stood still. */
  readonly standstills: { readonly id: string; readonly from: number; until: number }[] = [];
  /** Ids that two lifetimes had. */
  readonly reusedIds = new Set<string>();
  /** Names that two processes had at once. */
  readonly twins = new Set<string>();
  readonly names: readonly string[];
  readonly cluster: SimulatedCluster;
  readonly marks: Marks;
  readonly charts: Charts;
  readonly coverage: Coverage;
  #starts = 0;

  private constructor(cluster: SimulatedCluster, charts: Charts, coverage: Coverage) {
    this.cluster = cluster;
    this.charts = charts;
    this.coverage = coverage;
    this.names = Object.keys(cluster.layout);
    this.marks = new Marks(cluster.layout);
  }

  /** Nothing runs yet. @param watch - Gets the trace. */
  static async create(
    layout: LayoutDefinition,
    seed: number,
    coverage = new Coverage(),
    watch?: TraceSink,
  ): Promise<Model> {
    let model: Model | undefined;
    const setup = (node: ClusterNode) => model?.setUp(node);
    const charts = new Charts();
    const trace = (record: TraceRecord) => {
      charts.take(record);
      watch?.(record);
    };
    const cluster = await simulateCluster({ layout, options, setup, seed, start: [], trace, writeTime });
    model = new Model(cluster, charts, coverage);
    return model;
  }

  /** The bootstrap script of each node. */
  setUp(node: ClusterNode): void {
    if (!this.names.includes(node.name)) return;
    const witness: Witness = new Witness(
      node,
      () => this.cluster.now,
      (fault) => this.faults.push(fault),
      () => {
        this.#starts += 1;
        this.faults.push(...startFaults(this, witness));
      },
    );
    this.witnesses.push(witness);
    this.marks.setUp(node);
  }

  get processes(): Process[] {
    return this.cluster.running.map((name) => ({ name, node: this.cluster.node(name) }));
  }

  /** Processes whose script can do something: they are neither frozen nor about to end. */
  get active(): Process[] {
    return this.processes.filter(({ name, node }) => {
      return !this.frozen.has(name) && node.state !== 'leaving' && node.state !== 'left' && this.isOurs(node);
    });
  }

  /** Whether the layout has the node of a process. */
  isOurs({ name }: ClusterNode): boolean {
    return this.names.includes(name);
  }

  peersOf(name: string): string[] {
    return peersOf(this.cluster.layout, name);
  }

  witnessOf(node: ClusterNode): Witness {
    return this.witnesses.find((witness) => witness.node === node) as Witness;
  }

  /**
   * Something is done now.
   * @throws Error with the first fault.
   */
  async take(words: readonly string[], act: () => unknown): Promise<void> {
    this.steps.push({ at: this.cluster.now, words });
    this.coverage.note(words, this.processes, this.charts);
    await act();
    for (const { node } of this.active) this.witnessOf(node).count();
    this.judge();
  }

  /** @throws Error with the first fault. */
  judge(): void {
    const [first] = this.faults;
    if (first !== undefined) throw new Error(first);
  }

  /** Starts a node; if its port is taken, it does not start and says so. */
  async start(name: string, given: StartOptions = {}): Promise<void> {
    if (this.processes.some(({ node }) => node.name === name)) this.twins.add(name);
    await allowed(this.cluster.start(name, given));
  }

  /** A second process under the name of a node; one that listens cannot have it. */
  async twin(name: string): Promise<void> {
    this.twins.add(name);
    await allowed(this.cluster.twin(name));
  }

  freeze(name: string): void {
    this.frozen.add(name);
    const { id } = this.cluster.node(name);
    this.standstills.push({ id, from: this.cluster.now, until: Number.POSITIVE_INFINITY });
    this.cluster.freeze(name);
  }

  thaw(name: string): void {
    this.frozen.delete(name);
    const { id } = this.cluster.node(name);
    for (const stand of this.standstills) {
      if (stand.id === id && stand.until > this.cluster.now) stand.until = this.cluster.now;
    }
    this.cluster.thaw(name);
  }

  /** The process of a name ends without a word. */
  crash(name: string): void {
    const { node } = this.#processOf(name);
    if (this.isOurs(node)) this.witnessOf(node).hasCrashed = true;
    this.marks.died(node);
    this.frozen.delete(name);
    this.charts.forget(node.id);
    this.cluster.crash(name);
  }

  /**
   * Everything is healed, and everything that was promised is checked.
   * @throws Error with what is not as it must be.
   */
  async finish(): Promise<void> {
    await this.take(['heal'], () => this.cluster.heal());
    await this.#recover();
    await this.#flow();
    const nodes = this.processes.map(({ node }) => node);
    this.faults.push(...flowFaults(this), ...attemptFaults(this), ...this.marks.check(nodes));
    this.faults.push(
      ...this.cluster.lines
        .filter(({ kind, message }) => isFault(kind, message))
        .map(({ node, message }) => `${node}: ${message}`),
    );
    const hasManager = nodes.some((node) => node.localNodeType() === 'manager');
    if (hasManager && this.#starts === 0) this.faults.push('the cluster has never started');
    for (const node of nodes) if (this.witnessOf(node).isDegraded) this.faults.push(`${node.id} is still degraded`);
    this.judge();
    this.faults.push(...(await leakFaults(this)));
    this.judge();
  }

  async #recover(): Promise<void> {
    for (const name of this.frozen) this.thaw(name);
    for (const { name, node } of this.processes)
      if (!this.isOurs(node) || this.reusedIds.has(node.id)) this.crash(name);
    let deadline = this.cluster.now + recovery;
    while (!this.#isWell()) {
      for (const name of this.names) {
        if (this.processes.some(({ node }) => node.name === name)) continue;
        await this.start(name);
        deadline = this.cluster.now + recovery;
      }
      if (this.cluster.now >= deadline) throw new Error(`not all is well after ${recovery} ms: ${this.#show()}`);
      await this.cluster.advance(100);
      this.judge();
    }
  }

  #isWell(): boolean {
    const { processes } = this;
    return processes.length === this.names.length && processes.every(({ node }) => this.#isNodeWell(node));
  }

  #isNodeWell(node: ClusterNode): boolean {
    const isConnected = node.peers.every(({ state }) => state === 'up');
    return node.state === 'ready' && isConnected && this.witnessOf(node).isFullyConnected;
  }

  #show(): string {
    return this.processes
      .filter(({ node }) => !this.#isNodeWell(node))
      .map(({ name, node: { state, peers } }) => {
        return `${name} is ${state}: ${peers.map((peer) => `${peer.name} ${peer.state}`).join(', ')}`;
      })
      .join('; ');
  }

  /** Numbers from each to each, and time for them to come, for clones to be in sync and for losses to be told. */
  async #flow(): Promise<void> {
    for (const { node } of this.processes) {
      for (const peer of this.peersOf(node.name)) this.witnessOf(node).publish(peer, 10);
    }
    await this.cluster.advance(options.cloneMutationBufferInterval);
  }

  #processOf(name: string): Process {
    return { name, node: this.cluster.node(name) };
  }
}

async function allowed(start: Promise<unknown>): Promise<void> {
  await start.catch((error) => {
    if (!(error instanceof MusterError && error.code === 'MUSTER_PORT_TAKEN')) throw error;
  });
}

/** What no node may ever write, whatever others do. */
function isFault(kind: string, message: string): boolean {
  if (message.includes('breaks the protocol')) return true;
  return kind === 'error' && !/refuses this node: the name|cannot listen/.test(message);
}
