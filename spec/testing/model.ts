/**
 * Model: a simulated cluster under faults, together with all that must be true of it. It writes down the steps that are
 * taken, and judges after each of them; `quiescence.ts` makes all well again.
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
import { startFaults } from './invariants/starts.js';
import { Marks } from './marks.js';
import { options, writeTime } from './options.js';
import { Witness } from './witness.js';

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
  /** How often a manager has raised `cluster_started`. */
  starts = 0;

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
        this.starts += 1;
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

  /** A node begins to leave. */
  leave(name: string): void {
    const witness = this.witnessOf(this.cluster.node(name));
    void witness.node.leave().then((report) => {
      witness.report = report;
    });
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
    const node = this.cluster.node(name);
    if (this.isOurs(node)) this.witnessOf(node).hasCrashed = true;
    this.marks.died(node);
    this.frozen.delete(name);
    this.charts.forget(node.id);
    this.cluster.crash(name);
  }
}

async function allowed(start: Promise<unknown>): Promise<void> {
  await start.catch((error) => {
    if (!(error instanceof MusterError && error.code === 'MUSTER_PORT_TAKEN')) throw error;
  });
}
