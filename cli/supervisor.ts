/**
 * Supervisor: the nodes of a layout on this machine, one process each.
 * Starts and stops them stage by stage, and knows when the cluster has started and when all is over. How processes are
 * made, and how all this is shown, is handed in.
 */
import type { Socket } from 'node:net';
import { toProblem } from '../actors/control/errors.js';
import type { ControlProblem } from '../actors/control/messages.js';
import { unreachable } from '../actors/control/questions.js';
import { MusterError } from '../errors.js';
import { isControl } from '../layout/topology.js';
import type { Layout } from '../layout/types.js';
import type { ChildPhase } from '../machines/child.js';
import type { Runtime, TimerHandle } from '../runtime.js';
import type { Tracer } from '../trace/tracer.js';
import { formatAddress } from './address.js';
import { serveFeed } from './inspector/serve-feed.js';
import { createSupervisorTracer, traceNews } from './inspector/supervisor-trace.js';
import type {
  ClusterStatus,
  ControlAnswer,
  ControlOutcome,
  FeedRequest,
  NodeStatus,
  NodeStores,
  Outcome,
  PlainOptions,
  ReloadOutcome,
  ReloadPlan,
  StoreRequest,
  SupervisorEvent,
  SupervisorState,
  Untimed,
} from './messages.js';
import { planReload, staying } from './reload-plan.js';
import { dueToStart, dueToStop, hasEnded, type Stage, stagesOf, stoppedBefore } from './stages.js';
import { masterOf } from './stores/masters.js';
import type { Json } from './stores/notation.js';
import { type ForkNode, SupervisedNode } from './supervised-node.js';

export interface SupervisorSetup {
  readonly layout: Layout;
  /** The nodes to run. */
  readonly names: readonly string[];
  readonly scripts: readonly string[];
  readonly defaults: PlainOptions;
  readonly overrides: PlainOptions;
  readonly runtime: Runtime;
  readonly fork: ForkNode;
  readonly tell: (event: SupervisorEvent) => void;
  /** A watch that was asked for has seen something. */
  readonly sampled: (name: string, watch: string, sample: Json) => void;
}

/** Nodes that another layout brings are waited for so long, in ms. */
const startTimeout = 30_000;

export type ControlOutcomes = Pick<Extract<ControlAnswer, { type: 'controlled' }>, 'answers' | 'absent'>;

export class Supervisor {
  /** Settles when no process is left. Never rejects. */
  readonly ended: Promise<Outcome>;
  readonly #setup: SupervisorSetup;
  #layout: Layout;
  #stages: readonly Stage[];
  #nodes: ReadonlyMap<string, SupervisedNode>;
  readonly #tracer: Tracer;
  #resolveEnded!: (outcome: Outcome) => void;
  #state: SupervisorState = 'starting';
  #failure: Outcome['failure'] = null;
  #deadline: TimerHandle;
  #isReloading = false;
  /** Those that another layout has brought: that one of them cannot start is no reason to stop the others. */
  readonly #newcomers = new WeakSet<SupervisedNode>();
  /** Who waits for something to become true of the nodes. */
  readonly #waiting = new Set<() => void>();

  constructor(setup: SupervisorSetup) {
    this.#setup = setup;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#layout = setup.layout;
    this.#stages = stagesOf(setup.layout, setup.names);
    this.#tracer = createSupervisorTracer(setup);
    this.#nodes = new Map(this.#stages.flat().map((name) => [name, this.#createNode(name)]));
  }

  get state(): SupervisorState {
    return this.#state;
  }

  get nodes(): NodeStatus[] {
    return [...this.#nodes.values()].map(({ status }) => status);
  }

  /** What the nodes that run say of their stores. */
  async stores(): Promise<NodeStores[]> {
    const running = [...this.#nodes.values()].filter(({ phase }) => hasStores(phase));
    return Promise.all(running.map(async (node) => ({ name: node.name, stores: await node.stores() })));
  }

  /**
   * Hands a connection to the node that has the master of the store.
   * @throws {@link MusterError} `MUSTER_STORE_UNKNOWN`, `MUSTER_STORE_UNREACHABLE`; the connection is then still here.
   */
  async serve(request: StoreRequest, connection: Socket): Promise<void> {
    const name = masterOf(request.store, await this.stores());
    this.#nodes.get(name)?.serve(request, connection);
  }

  /** Nodes of the layout that are not run here, without control nodes. */
  get elsewhere(): ClusterStatus['elsewhere'] {
    return Object.entries(this.#layout)
      .filter(([name, { nodeType }]) => !isControl(nodeType) && !this.#nodes.has(name))
      .map(([name, { nodeType, ...node }]) => ({ name, nodeType, address: formatAddress(node) }));
  }

  /** What nodes answer to a control request. */
  control(names: readonly string[], request: Json, timeout: number): Promise<ControlOutcomes> {
    return this.#askEach(names, (node) => node.control(request, timeout));
  }

  /** Has nodes leave and started again. */
  restart(names: readonly string[], timeout: number): Promise<ControlOutcomes> {
    return this.#askEach(names, (node) => node.restart(timeout));
  }

  /**
   * What another layout would mean, with these nodes to run.
   * @throws {@link MusterError} `MUSTER_LAYOUT_INVALID` if a node that runs cannot go on in it.
   */
  async planReload(layout: Layout, names: readonly string[]): Promise<ReloadPlan> {
    this.#requireAlive();
    const plan = planReload(this.#layout, layout, this.#nodes, names);
    await Promise.all(
      staying(this.#nodes, plan).map(async (node) => {
        const problem = await node.tryLayout(layout);
        if (!problem) return;
        throw new MusterError('MUSTER_LAYOUT_INVALID', `${node.name} cannot go on in the new layout: ${problem}`);
      }),
    );
    return plan;
  }

  /**
   * Goes on in another layout, as planned. All nodes that stay know it before any other is stopped or started, so that nobody
   * is refused; those that go leave while their peers still listen, so that nothing is lost. One at a time.
   */
  async reload(layout: Layout, names: readonly string[], plan: ReloadPlan): Promise<ReloadOutcome> {
    this.#requireAlive();
    this.#isReloading = true;
    this.#tell({ type: 'reloading', ...plan });
    const { started, restarted, stopped } = plan;
    const coming = [...started, ...restarted];
    const stages = stagesOf(layout, names);
    const failed: Record<string, string> = {};
    const late: string[] = [];
    await Promise.all(
      staying(this.#nodes, plan).map(async (node) => {
        const problem = await node.follow(layout, stoppedBefore(stages, node.name));
        if (problem === undefined) late.push(node.name);
        if (problem) failed[node.name] = problem;
      }),
    );
    await this.#stopSome([...restarted, ...stopped]);
    this.#isReloading = false;
    const newcomers = this.#state === 'stopping' ? [] : await this.#startSome(layout, names, coming);
    for (const name of coming) {
      const node = newcomers.find((newcomer) => newcomer.name === name);
      if (node?.phase === 'failed') failed[name] = node.failure.message;
      else if (!node?.progress.hasListened) late.push(name);
    }
    const outcome = { failed, late };
    this.#tell({ type: 'reloaded', ...outcome });
    this.#advance();
    return outcome;
  }

  #requireAlive(): void {
    if (this.#state === 'stopping' || this.#state === 'ended') throw new Error('the nodes are being stopped');
  }

  /** Takes the layout itself, and waits until those that it brings listen, or cannot. */
  async #startSome(layout: Layout, names: readonly string[], coming: readonly string[]): Promise<SupervisedNode[]> {
    this.#layout = layout;
    this.#stages = stagesOf(layout, names);
    const before = this.#nodes;
    const nodeOf = (name: string) => (coming.includes(name) ? undefined : before.get(name)) ?? this.#createNode(name);
    this.#nodes = new Map(this.#stages.flat().map((name) => [name, nodeOf(name)]));
    const newcomers = coming.map((name) => this.#nodes.get(name) as SupervisedNode);
    for (const node of newcomers) {
      this.#newcomers.add(node);
      node.load();
      node.begin();
    }
    this.#advance();
    const isSettled = ({ phase, progress }: SupervisedNode) => progress.hasListened || hasEnded(phase);
    await this.#until(() => newcomers.every(isSettled), startTimeout);
    return newcomers;
  }

  async #askEach(
    names: readonly string[],
    ask: (node: SupervisedNode) => Promise<ControlOutcome>,
  ): Promise<ControlOutcomes> {
    const outcomes = await Promise.all(
      names.map((name) => {
        const node = this.#nodes.get(name);
        return node === undefined
          ? { problem: toProblem(unreachable(name, 'is no node that this supervisor runs')) }
          : ask(node);
      }),
    );
    const answers: Record<string, Json> = {};
    const absent: Record<string, ControlProblem> = {};
    names.forEach((name, i) => {
      const outcome = outcomes[i] as ControlOutcome;
      if ('problem' in outcome) absent[name] = outcome.problem;
      else answers[name] = outcome.value;
    });
    return { answers, absent };
  }

  /** Tells what a node does, or the supervisor itself, on the connection, for as long as it stands. */
  feed(request: FeedRequest, connection: Socket): void {
    if (request.node === undefined) serveFeed(this.#tracer, request.scope, connection);
    else if (this.#nodes.has(request.node)) this.#nodes.get(request.node)?.serve(request, connection);
    else connection.destroy();
  }

  /**
   * Forks a process for every node. They load at the same time, and start in their turn. Only the scripts are loaded by
   * one first: compiling TypeScript takes longer than all the rest of a start, and the others find what it has compiled.
   */
  start(): void {
    const [pioneer] = this.#nodes.values();
    pioneer?.load();
    for (const node of this.#nodes.values()) node.begin();
    this.#advance();
  }

  /** Asks all nodes to leave, the last started first. @param timeout after so many ms, what is left is killed */
  stop(reason: string, timeout?: number): void {
    if (this.#state === 'ended') return;
    if (timeout !== undefined) {
      this.#setup.runtime.clearTimeout(this.#deadline);
      this.#deadline = this.#setup.runtime.setTimeout(() => this.kill(), timeout);
    }
    if (this.#state === 'stopping') return;
    this.#state = 'stopping';
    this.#tell({ type: 'stopping', reason });
    this.#advance();
  }

  /** Kills all nodes at once. */
  kill(): void {
    this.stop('killed');
    for (const node of this.#nodes.values()) node.order('kill');
  }

  #createNode(name: string): SupervisedNode {
    const { scripts, defaults, overrides, runtime, fork } = this.#setup;
    const stopsAfter = stoppedBefore(this.#stages, name);
    return new SupervisedNode({
      assignment: { name, layout: this.#layout, scripts, defaults, overrides, stopsAfter },
      runtime,
      tracer: this.#tracer,
      fork,
      handlers: {
        changed: (node, previous) => this.#note(node, previous),
        compiled: () => this.#loadAll(),
        clusterStarted: () => this.#noteStarted(),
        told: (fate) => this.#tell(fate),
        sampled: this.#setup.sampled,
      },
    });
  }

  /** Each stage once the one that is started after it has ended. */
  async #stopSome(names: readonly string[]): Promise<void> {
    for (const stage of stagesOf(this.#layout, names).reverse()) {
      const nodes = stage.map((name) => this.#nodes.get(name) as SupervisedNode);
      for (const node of nodes) node.order('stop');
      await this.#until(() => nodes.every(({ phase }) => hasEnded(phase)));
    }
  }

  /** Resolves when something is true of the nodes, or after `timeout` ms. */
  async #until(isTrue: () => boolean, timeout?: number): Promise<void> {
    if (isTrue()) return;
    const { runtime } = this.#setup;
    await new Promise<void>((resolve) => {
      const timer = timeout === undefined ? undefined : runtime.setTimeout(end, timeout);
      const look = () => isTrue() && end();
      const waiting = this.#waiting.add(look);
      function end() {
        waiting.delete(look);
        runtime.clearTimeout(timer);
        resolve();
      }
    });
  }

  #loadAll(): void {
    if (this.#state === 'stopping') return;
    for (const node of this.#nodes.values()) node.load();
  }

  #note(node: SupervisedNode, previous: ChildPhase | null): void {
    this.#tell({ type: 'state', node: node.status, previous });
    if (previous === null || previous === node.phase) return;
    if (node.phase === 'failed') this.#fail(node);
    if (node.phase === 'ready' && !this.#hasManager && this.#all('ready')) this.#noteStarted();
    this.#advance();
    for (const look of this.#waiting) look();
  }

  /** Does what is due now; called after every change, and harmless when nothing is. */
  #advance(): void {
    if (this.#state === 'ended') return;
    const nodeOf = (name: string) => this.#nodes.get(name) as SupervisedNode;
    const progressOf = (name: string) => nodeOf(name).progress;
    const isStopping = this.#state === 'stopping';
    const due = isStopping ? dueToStop(this.#stages, progressOf) : dueToStart(this.#stages, progressOf);
    for (const name of due) nodeOf(name).order(isStopping ? 'stop' : 'start');
    if (this.#isReloading) return;
    if ([...this.#nodes.values()].every(({ phase }) => hasEnded(phase))) this.#finish();
  }

  #fail(node: SupervisedNode): void {
    const { name, failure } = node;
    this.#tell({ type: 'failed', name, ...failure });
    if (this.#newcomers.has(node)) return;
    this.#failure ??= { name, ...failure };
    this.stop(`${name} could not start`);
  }

  #noteStarted(): void {
    if (this.#state !== 'starting') return;
    this.#state = 'running';
    this.#tell({ type: 'started', seconds: this.#setup.runtime.monotonic() / 1_000 });
  }

  #finish(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#setup.runtime.clearTimeout(this.#deadline);
    const killed = [...this.#nodes.values()].filter(({ phase }) => phase === 'killed').map(({ name }) => name);
    const outcome = { failure: this.#failure, killed };
    this.#tell({ type: 'ended', outcome });
    this.#resolveEnded(outcome);
  }

  get #hasManager(): boolean {
    return Object.values(this.#layout).some(({ nodeType }) => nodeType === 'manager');
  }

  #all(phase: ChildPhase): boolean {
    return [...this.#nodes.values()].every((node) => node.phase === phase);
  }

  #tell(event: Untimed<SupervisorEvent>): void {
    this.#setup.tell({ ts: this.#setup.runtime.now(), ...event });
    traceNews(this.#tracer, event);
  }
}

/** Whether a node in this phase has run its bootstrap scripts, and not left yet. */
function hasStores(phase: ChildPhase): boolean {
  return phase === 'connecting' || phase === 'ready' || phase === 'degraded';
}
