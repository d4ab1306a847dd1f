/**
 * Simulated cluster: all nodes of a layout in one process, on virtual time and a simulated network. The machines, the
 * actors, the channel, the stores and the bootstrap scripts are the real ones.
 *
 *   const cluster = await simulateCluster({ layout, setup, seed: 7 });
 *   cluster.cut('worker-1', 'manager');
 *   await cluster.advance(5_000);
 */
import { ClusterNode, partsOf } from '../actors/cluster-node.js';
import type { AnyEvents } from '../actors/events.js';
import { NodeParts } from '../actors/node-parts.js';
import { MusterError, messageOf } from '../errors.js';
import { differenceOf, type LayoutDifference, showDifference } from '../layout/difference.js';
import { loadLayout } from '../layout/load-layout.js';
import type { OptionsInput } from '../layout/options.js';
import { resolveOptions } from '../layout/resolve-options.js';
import type { Layout, LayoutDefinition } from '../layout/types.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { Runtime } from '../runtime.js';
import { MemoryBackend } from '../stores/memory.js';
import type { TraceOutput } from '../trace/output.js';
import type { TraceSink } from '../trace/record.js';
import { Tracer, Train } from '../trace/tracer.js';
import { createMemoryTransport, type MemoryTransport } from '../transport/memory/transport.js';
import type { Transport } from '../transport/transport.js';
import { NetworkFaults } from './network-faults.js';
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
  /** How long a disk takes to write what a store gives it, in ms: at least, and at most. @defaultValue [2, 2] */
  readonly writeTime?: readonly [number, number];
  /** Told each record of the trace, in order, as it is made. `toLine()` makes a line of NDJSON of it. */
  readonly trace?: TraceSink;
  /** Names of the nodes to start, in this order. @defaultValue all of the layout, in its order */
  readonly start?: readonly string[];
}

/** How one process differs from others of its name. */
export interface StartOptions {
  /** Id of this lifetime. @defaultValue a fresh one */
  readonly id?: string;
  /** What this process takes for the layout. @defaultValue that of the cluster */
  readonly layout?: LayoutDefinition;
}

/** Of a process of which there may be several under one name. */
export interface LaunchOptions extends StartOptions {
  /** What comes between the process and the network. @defaultValue nothing */
  readonly through?: (transport: Transport) => Transport;
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
  for (const name of options.start ?? Object.keys(cluster.layout)) await cluster.start(name);
  return cluster;
}

export class SimulatedCluster<E extends object = AnyEvents> extends NetworkFaults {
  /** Everything that nodes wrote, in order. */
  readonly lines: Line[] = [];
  readonly #options: SimulationOptions<E>;
  readonly #time: VirtualTime;
  readonly #train: Train;
  /** Tells what is done to the cluster. */
  readonly #faults: Tracer;
  readonly #running = new Map<string, Running<E>>();
  /** Of persistent stores, by node and name. */
  readonly #disks = new Map<string, SimulatedDisk>();

  /** Of logs, by node. */
  readonly #files = new Map<string, SimulatedFiles>();

  constructor(layout: Layout, options: SimulationOptions<E>) {
    const [time, train] = [new VirtualTime(options.seed ?? 1), new Train()];
    const [least, most] = options.latency ?? [0.1, 2];
    const runtime = carrying(time.createRuntime(), train);
    super(layout, { runtime, latency: () => least + time.random() * (most - least) });
    this.#options = options;
    this.#time = time;
    this.#train = train;
    this.#faults = new Tracer({ node: '', id: 'simulation', runtime, train });
    if (options.trace !== undefined) this.#faults.listen(options.trace);
  }

  /** In ms since the simulation began. */
  override get now(): number {
    return this.#time.now;
  }

  /** Names of the nodes that run, frozen ones included; `NAME~2` is the {@link twin} of a node. */
  override get running(): string[] {
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

  /**
   * Starts a node that does not run: a new lifetime. Does nothing if it runs.
   * @throws {@link MusterError} as rejection: `MUSTER_PORT_TAKEN`, `MUSTER_SCRIPT_FAILED`, `MUSTER_NODE_UNKNOWN`,
   * `MUSTER_LAYOUT_INVALID`. Then it does not run.
   */
  async start(name: string, options: StartOptions = {}): Promise<ClusterNode<E>> {
    return this.#running.get(name)?.node ?? this.launch('start', name, name, options);
  }

  /**
   * Starts another process, `NAME~2`, under the name of a node that runs, on a host of its own. One of the two is refused
   * and leaves with `MUSTER_NAME_TAKEN`; which one, decides the node's manager.
   * @throws {@link MusterError} as rejection: as {@link start}; `MUSTER_PORT_TAKEN` if the node has a port.
   */
  async twin(name: string): Promise<ClusterNode<E>> {
    const { name: own } = this.node(name);
    const process = `${own}~2`;
    return this.#running.get(process)?.node ?? this.launch('twin', process, own, {});
  }

  /** Its process dies: nothing of it happens any more, and its connections end. */
  crash(name: string): void {
    const { runtime, transport } = this.#get(name);
    this.#running.delete(name);
    this.fault('crash', [name], () => {
      runtime.stop();
      transport.breakOff();
      this.#files.get(name)?.crash();
      for (const [key, disk] of this.#disks) if (key.startsWith(`${name} `)) disk.crash();
    });
  }

  /** Its event loop stands still; its connections stand. */
  freeze(name: string): void {
    this.fault('freeze', [name], () => this.#get(name).runtime.freeze());
  }

  thaw(name: string): void {
    this.fault('thaw', [name], () => this.#get(name).runtime.thaw());
  }

  /** It leaves, as `node.leave()` does; lets time go by meanwhile, up to a minute. */
  async leave(name: string): Promise<void> {
    const { node } = this.#get(name);
    await this.#settled(
      this.fault('leave', [name], () => node.leave()),
      60_000,
    );
  }

  /**
   * Gives the cluster another layout, as `muster reload` does: nodes that run and stay what they are follow it; those that it
   * has no more leave, those that are new in it start, and those that it changes do both.
   * @throws {@link MusterError} as rejection: `MUSTER_LAYOUT_INVALID` if it is bad, or a node cannot go on in it, and then
   * nothing has changed; else as {@link start}.
   */
  async reload(layout: LayoutDefinition): Promise<LayoutDifference> {
    const { layout: next } = await loadLayout(layout, {});
    const difference = differenceOf(this.layout, next);
    const restarted = difference.changed.filter(({ restarts }) => restarts).map(({ name }) => name);
    const back = restarted.filter((name) => this.#running.has(name));
    const going = [...difference.removed, ...restarted].filter((name) => this.#running.has(name));
    const staying = this.running.filter((process) => Object.hasOwn(next, process) && !going.includes(process));
    for (const name of staying) {
      const why = await partsOf(this.node(name) as ClusterNode).follower.whyNot(next);
      if (why !== undefined) throw new MusterError('MUSTER_LAYOUT_INVALID', `${name} cannot go on in it: ${why}`);
    }
    this.layout = next;
    await this.fault('reload', showDifference(difference), () =>
      Promise.all(staying.map((name) => partsOf(this.node(name) as ClusterNode).follower.follow(next))),
    );
    for (const name of going) await this.leave(name);
    for (const name of [...difference.added, ...back]) await this.start(name);
    return difference;
  }

  /** How many timers a node has armed; also after it has left. */
  pendingOf(name: string): () => number {
    const { runtime } = this.#get(name);
    return () => runtime.pending;
  }

  protected override idOf(host: string): string {
    return this.#running.get(host)?.node.id ?? '';
  }

  protected override fault<T>(fault: string, args: readonly unknown[], happen: () => T): T {
    return this.#faults.handle('fault', { fault, args }, happen);
  }

  /** Starts a process under the name of a node. */
  protected async launch(
    fault: string,
    process: string,
    name: string,
    { through = (transport) => transport, ...options }: LaunchOptions,
  ): Promise<ClusterNode<E>> {
    const layout = options.layout === undefined ? this.layout : (await loadLayout(options.layout, {})).layout;
    if (!Object.hasOwn(layout, name)) throw new MusterError('MUSTER_NODE_UNKNOWN', `the layout has no node ${name}`);
    const runtime = this.#time.createRuntime();
    const host = { host: process, runtime: carrying(runtime, this.#train) };
    const transport = createMemoryTransport(this.network, host);
    const parts = new NodeParts({
      name,
      ...(options.id !== undefined && { id: options.id }),
      layout,
      options: resolveOptions({ ...this.#options.options }, {}),
      runtime,
      transport: through(transport),
      diagnostics: this.#diagnosticsOf(process),
      files: this.#filesOf(process).open(runtime),
      clusterLogged: (message) => this.#write(process, 'log', message),
      openBackend: ({ name: store, kind }) =>
        kind === 'memory' ? new MemoryBackend() : this.#diskOf(process, store).open(runtime),
      ...(this.#options.trace !== undefined && { trace: this.#traceTo(this.#options.trace) }),
    });
    const node = new ClusterNode<E>(parts);
    const running = { node, runtime, transport };
    this.#running.set(process, running);
    void node.closed.then(() => {
      if (this.#running.get(process) === running) this.#running.delete(process);
    });
    try {
      await this.#options.setup?.(node);
    } catch (cause) {
      await this.#settled(node.leave());
      throw new MusterError('MUSTER_SCRIPT_FAILED', `the setup of ${name} threw: ${messageOf(cause)}`, { cause });
    }
    await this.#settled(this.fault(fault, [name], () => parts.start()));
    return node;
  }

  /** Lets time go by until something has come of a promise. @throws what it was rejected with. */
  async #settled(promise: Promise<unknown>, within = Number.POSITIVE_INFINITY): Promise<void> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    if (await this.until(() => isSettled, { within })) await promise;
  }

  #get(name: string): Running<E> {
    const running = this.#running.get(name);
    if (running === undefined) throw new MusterError('MUSTER_NODE_UNKNOWN', `no node ${name} runs in this simulation`);
    return running;
  }

  #traceTo(write: TraceSink): TraceOutput {
    return { write, close: async () => {}, train: this.#train };
  }

  #diskOf(node: string, store: string): SimulatedDisk {
    const key = `${node} ${store}`;
    const [least, most] = this.#options.writeTime ?? [2, 2];
    const disk = this.#disks.get(key) ?? new SimulatedDisk(() => least + this.#time.random() * (most - least));
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

/** What happens to a frame or a connection later has the same cause as that it was sent, or cut. */
function carrying(runtime: Runtime, train: Train): Runtime {
  return {
    ...runtime,
    setTimeout: (task, delay) => runtime.setTimeout(train.bind(task), delay),
    endOfTurn: (task) => runtime.endOfTurn(train.bind(task)),
  };
}
