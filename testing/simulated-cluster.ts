/**
 * Simulated cluster: all nodes of a layout in one process, on virtual time and a simulated network. The machines, the
 * actors, the channel, the stores and the bootstrap scripts are the real ones.
 *
 *   const cluster = await simulateCluster({ layout, setup, seed: 7 });
 *   cluster.cut('worker-1', 'manager');
 *   await cluster.advance(5_000);
 */
import { ClusterNode } from '../actors/cluster-node.js';
import type { AnyEvents } from '../actors/events.js';
import { NodeParts } from '../actors/node-parts.js';
import { MusterError } from '../errors.js';
import { loadLayout } from '../layout/load-layout.js';
import type { Options, OptionsInput } from '../layout/options.js';
import { resolveOptions } from '../layout/resolve-options.js';
import type { Layout, LayoutDefinition } from '../layout/types.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { Runtime } from '../runtime.js';
import { MemoryBackend } from '../stores/memory.js';
import type { TraceOutput } from '../trace/output.js';
import type { TraceSink } from '../trace/record.js';
import { Tracer, Train } from '../trace/tracer.js';
import { SimulatedNetwork } from '../transport/memory/network.js';
import { createMemoryTransport, type MemoryTransport } from '../transport/memory/transport.js';
import { SimulatedDisk } from './simulated-disk.js';
import { SimulatedFiles } from './simulated-files.js';
import { type HostRuntime, VirtualTime } from './virtual-time.js';

export interface SimulationOptions<E extends object = AnyEvents> {
  readonly layout: LayoutDefinition;
  /** Of all nodes. */
  readonly options?: OptionsInput;
  /** The bootstrap script of each node. */
  readonly setup?: (node: ClusterNode<E>) => unknown;
  /** The same seed gives the same run. @defaultValue 1 */
  readonly seed?: number;
  /** How long a frame is on its way, in ms: at least, and at most. @defaultValue [0.1, 2] */
  readonly latency?: readonly [number, number];
  /** Told each record of the trace, in order, as it is made. `toLine()` makes a line of NDJSON of it. */
  readonly trace?: TraceSink;
}

/** What a node wrote: its cluster log, and its diagnostics. */
export interface Line {
  /** In ms since the simulation began. */
  readonly at: number;
  readonly node: string;
  readonly kind: 'log' | 'error' | 'warn';
  readonly message: string;
}

interface Running<E extends object> {
  readonly node: ClusterNode<E>;
  readonly runtime: HostRuntime;
  readonly transport: MemoryTransport;
}

/** @throws {@link MusterError} `MUSTER_LAYOUT_INVALID`, `MUSTER_OPTION_INVALID` */
export async function simulateCluster<E extends object = AnyEvents>(
  options: SimulationOptions<E>,
): Promise<SimulatedCluster<E>> {
  const { layout } = await loadLayout(options.layout, {});
  const cluster = new SimulatedCluster<E>(layout, options);
  for (const name of Object.keys(cluster.layout)) await cluster.start(name);
  return cluster;
}

export class SimulatedCluster<E extends object = AnyEvents> {
  readonly layout: Layout;
  /** Everything that nodes wrote, in order. */
  readonly lines: Line[] = [];
  readonly #options: SimulationOptions<E>;
  readonly #time: VirtualTime;
  protected readonly network: SimulatedNetwork;
  readonly #train = new Train();
  /** Tells what is done to the cluster. */
  readonly #faults: Tracer;
  readonly #running = new Map<string, Running<E>>();
  /** Of persistent stores, by node and name. */
  readonly #disks = new Map<string, SimulatedDisk>();

  /** Of logs, by node. */
  readonly #files = new Map<string, SimulatedFiles>();

  constructor(layout: Layout, options: SimulationOptions<E>) {
    this.layout = layout;
    this.#options = options;
    this.#time = new VirtualTime(options.seed ?? 1);
    const runtime = this.#carrying(this.#time.createRuntime());
    this.#faults = new Tracer({ node: '', id: 'simulation', runtime, train: this.#train });
    if (options.trace !== undefined) this.#faults.listen(options.trace);
    const [least, most] = options.latency ?? [0.1, 2];
    const latency = () => least + this.#time.random() * (most - least);
    this.network = new SimulatedNetwork({ runtime, latency });
  }

  /** In ms since the simulation began. */
  get now(): number {
    return this.#time.now;
  }

  /** Names of the nodes that run, frozen ones included. */
  get running(): string[] {
    return [...this.#running.keys()];
  }

  /** @throws {@link MusterError} `MUSTER_NODE_UNKNOWN` if no node of that name runs. */
  node(name: string): ClusterNode<E> {
    return this.#get(name).node;
  }

  /** From 0 up to, and without, 1, from the seed: chance for schedules. */
  random(): number {
    return this.#time.random();
  }

  /** Lets `ms` of virtual time go by. */
  advance(ms: number): Promise<void> {
    return this.#time.advance(ms);
  }

  /**
   * Lets time go by until something is true, looked at every `step` ms.
   * @returns whether it became true within `within` ms.
   */
  async until(isTrue: () => boolean, { within = 60_000, step = 10 } = {}): Promise<boolean> {
    const deadline = this.now + within;
    await this.advance(0);
    while (!isTrue() && this.now < deadline) await this.advance(step);
    return isTrue();
  }

  /** Starts a node of the layout that does not run: a new lifetime. */
  async start(name: string): Promise<ClusterNode<E>> {
    if (this.#running.has(name)) return this.node(name);
    const runtime = this.#time.createRuntime();
    const transport = createMemoryTransport(this.network, { host: name, runtime: this.#carrying(runtime) });
    const options: Readonly<Options> = resolveOptions({ ...this.#options.options }, {});
    const parts = new NodeParts({
      name,
      layout: this.layout,
      options,
      runtime,
      transport,
      diagnostics: this.#diagnosticsOf(name),
      files: this.#filesOf(name).open(runtime),
      clusterLogged: (message) => this.#write(name, 'log', message),
      openBackend: ({ name: store, kind }) =>
        kind === 'memory' ? new MemoryBackend() : this.#diskOf(name, store).open(runtime),
      ...(this.#options.trace !== undefined && { trace: this.#traceTo(this.#options.trace) }),
    });
    const node = new ClusterNode<E>(parts);
    this.#running.set(name, { node, runtime, transport });
    await this.#options.setup?.(node);
    await this.#fault('start', [name], () => parts.start());
    return node;
  }

  /** Its process dies: nothing of it happens any more, and its connections end. */
  crash(name: string): void {
    const { runtime, transport } = this.#get(name);
    this.#running.delete(name);
    this.#fault('crash', [name], () => {
      runtime.stop();
      transport.breakOff();
      this.#files.get(name)?.crash();
      for (const [key, disk] of this.#disks) if (key.startsWith(`${name} `)) disk.crash();
    });
  }

  /** Its event loop stands still; its connections stand. */
  freeze(name: string): void {
    this.#fault('freeze', [name], () => this.#get(name).runtime.freeze());
  }

  thaw(name: string): void {
    this.#fault('thaw', [name], () => this.#get(name).runtime.thaw());
  }

  /** It leaves, as `node.leave()` does; lets time go by meanwhile. */
  async leave(name: string): Promise<void> {
    const { node } = this.#get(name);
    let hasLeft = false;
    const leaving = this.#fault('leave', [name], () => node.leave());
    void leaving.then(() => {
      hasLeft = true;
    });
    await this.until(() => hasLeft);
    this.#running.delete(name);
  }

  /** All connections between two nodes end, with what is on its way. */
  cut(one: string, other: string): void {
    this.#fault('cut', [one, other], () => this.network.cut(one, other));
  }

  /** Nothing comes from one node to another any more, and nobody is told. */
  block(from: string, to: string): void {
    this.#fault('block', [from, to], () => this.network.block(from, to));
  }

  unblock(from: string, to: string): void {
    this.#fault('unblock', [from, to], () => this.network.unblock(from, to));
  }

  /** Nothing is blocked any more. */
  heal(): void {
    this.#fault('heal', [], () => this.network.heal());
  }

  /** How many timers a node has armed; also after it has left. */
  pendingOf(name: string): () => number {
    const { runtime } = this.#get(name);
    return () => runtime.pending;
  }

  #fault<T>(fault: string, args: readonly unknown[], happen: () => T): T {
    return this.#faults.handle('fault', { fault, args }, happen);
  }

  #get(name: string): Running<E> {
    const running = this.#running.get(name);
    if (running === undefined) throw new MusterError('MUSTER_NODE_UNKNOWN', `no node ${name} runs in this simulation`);
    return running;
  }

  /** What happens to a frame or a connection later has the same cause as that it was sent, or cut. */
  #carrying(runtime: Runtime): Runtime {
    return {
      ...runtime,
      setTimeout: (task, delay) => runtime.setTimeout(this.#train.bind(task), delay),
      endOfTurn: (task) => runtime.endOfTurn(this.#train.bind(task)),
    };
  }

  #traceTo(write: TraceSink): TraceOutput {
    return { write, close: async () => {}, train: this.#train };
  }

  #diskOf(node: string, store: string): SimulatedDisk {
    const key = `${node} ${store}`;
    const disk = this.#disks.get(key) ?? new SimulatedDisk();
    this.#disks.set(key, disk);
    return disk;
  }

  /** The files of a node's logs, which outlive it. */
  filesOf(name: string): ReadonlyMap<string, Uint8Array> {
    return this.#filesOf(name).contents;
  }

  #filesOf(node: string): SimulatedFiles {
    const files = this.#files.get(node) ?? new SimulatedFiles(() => this.#time.random());
    this.#files.set(node, files);
    return files;
  }

  #write(node: string, kind: Line['kind'], message: string): void {
    this.lines.push({ at: this.now, node, kind, message });
  }

  #diagnosticsOf(name: string): Diagnostics {
    return {
      error: (message) => this.#write(name, 'error', message),
      warn: (message) => this.#write(name, 'warn', message),
      info() {},
      debug() {},
    };
  }
}
