/**
 * Supervisor: the nodes of a layout on this machine, one process each.
 * Starts and stops them stage by stage, and knows when the cluster has started and when all is over. How processes are
 * made, and how all this is shown, is handed in; who runs is in the {@link Roster}.
 */
import type { Socket } from 'node:net';
import { toProblem } from '../actors/control/errors.js';
import type { ControlProblem } from '../actors/control/messages.js';
import { unreachable } from '../actors/control/questions.js';
import { isControl } from '../layout/topology.js';
import type { Layout } from '../layout/types.js';
import type { ChildPhase } from '../machines/child.js';
import type { Runtime, TimerHandle } from '../runtime.js';
import type { Tracer } from '../trace/tracer.js';
import { formatAddress } from './address.js';
import { serveFeed } from './inspector/serve-feed.js';
import { createSupervisorTracer, traceNews } from './inspector/supervisor-trace.js';
import { LayoutChange } from './layout-change.js';
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
import { Roster } from './roster.js';
import { hasEnded, stoppedBefore } from './stages.js';
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

export type ControlOutcomes = Pick<Extract<ControlAnswer, { type: 'controlled' }>, 'answers' | 'absent'>;

export class Supervisor {
  /** Settles when no process is left. Never rejects. */
  readonly ended: Promise<Outcome>;
  readonly #setup: SupervisorSetup;
  readonly #roster: Roster;
  readonly #change: LayoutChange;
  readonly #tracer: Tracer;
  #resolveEnded!: (outcome: Outcome) => void;
  #state: SupervisorState = 'starting';
  #failure: Outcome['failure'] = null;
  #deadline: TimerHandle;

  constructor(setup: SupervisorSetup) {
    this.#setup = setup;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#tracer = createSupervisorTracer(setup);
    this.#roster = new Roster((name, roster) => this.#createNode(name, roster), setup.runtime);
    this.#roster.take(setup.layout, setup.names);
    this.#change = new LayoutChange({
      roster: this.#roster,
      isStopping: () => this.#state === 'stopping',
      advance: () => this.#advance(),
    });
  }

  get state(): SupervisorState {
    return this.#state;
  }

  get nodes(): NodeStatus[] {
    return [...this.#roster].map(({ status }) => status);
  }

  /** What the nodes that run say of their stores. */
  async stores(): Promise<NodeStores[]> {
    const running = [...this.#roster].filter(({ phase }) => hasStores(phase));
    return Promise.all(running.map(async (node) => ({ name: node.name, stores: await node.stores() })));
  }

  /**
   * Hands a connection to the node that has the master of the store.
   * @throws {@link MusterError} `MUSTER_STORE_UNKNOWN`, `MUSTER_STORE_UNREACHABLE`; the connection is then still here.
   */
  async serve(request: StoreRequest, connection: Socket): Promise<void> {
    const name = masterOf(request.store, await this.stores());
    this.#roster.get(name)?.serve(request, connection);
  }

  /** Nodes of the layout that are not run here, without control nodes. */
  get elsewhere(): ClusterStatus['elsewhere'] {
    return Object.entries(this.#roster.layout)
      .filter(([name, { nodeType }]) => !isControl(nodeType) && this.#roster.get(name) === undefined)
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
    return this.#change.plan(layout, names);
  }

  /** Goes on in another layout, as planned. One at a time. */
  async reload(layout: Layout, names: readonly string[], plan: ReloadPlan): Promise<ReloadOutcome> {
    this.#requireAlive();
    this.#tell({ type: 'reloading', ...plan });
    const outcome = await this.#change.make(layout, names, plan);
    this.#tell({ type: 'reloaded', ...outcome });
    this.#advance();
    return outcome;
  }

  #requireAlive(): void {
    if (this.#state === 'stopping' || this.#state === 'ended') throw new Error('the nodes are being stopped');
  }

  async #askEach(
    names: readonly string[],
    ask: (node: SupervisedNode) => Promise<ControlOutcome>,
  ): Promise<ControlOutcomes> {
    const outcomes = await Promise.all(
      names.map((name) => {
        const node = this.#roster.get(name);
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
    else {
      const node = this.#roster.get(request.node);
      if (node === undefined) connection.destroy();
      else node.serve(request, connection);
    }
  }

  /**
   * Forks a process for every node. They load at the same time, and start in their turn. Only the scripts are loaded by
   * one first: compiling TypeScript takes longer than all the rest of a start, and the others find what it has compiled.
   */
  start(): void {
    const [pioneer] = this.#roster;
    pioneer?.load();
    for (const node of this.#roster) node.begin();
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
    for (const node of this.#roster) node.order('kill');
  }

  #createNode(name: string, { layout, stages }: Pick<Roster, 'layout' | 'stages'>): SupervisedNode {
    const { scripts, defaults, overrides, runtime, fork } = this.#setup;
    const stopsAfter = stoppedBefore(stages, name);
    return new SupervisedNode({
      assignment: { name, layout, scripts, defaults, overrides, stopsAfter },
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

  #loadAll(): void {
    if (this.#state === 'stopping') return;
    for (const node of this.#roster) node.load();
  }

  #note(node: SupervisedNode, previous: ChildPhase | null): void {
    this.#tell({ type: 'state', node: node.status, previous });
    if (previous === null || previous === node.phase) return;
    if (node.phase === 'failed') this.#fail(node);
    if (node.phase === 'ready' && !this.#hasManager && this.#roster.every(({ phase }) => phase === 'ready'))
      this.#noteStarted();
    this.#advance();
    this.#roster.changed();
  }

  /** Does what is due now; called after every change, and harmless when nothing is. */
  #advance(): void {
    if (this.#state === 'ended') return;
    const order = this.#state === 'stopping' ? 'stop' : 'start';
    for (const node of this.#roster.due(order)) node.order(order);
    if (this.#change.isStoppingSome) return;
    if (this.#roster.every(({ phase }) => hasEnded(phase))) this.#finish();
  }

  #fail(node: SupervisedNode): void {
    const { name, failure } = node;
    this.#tell({ type: 'failed', name, ...failure });
    if (this.#change.hasBrought(node)) return;
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
    const killed = [...this.#roster].filter(({ phase }) => phase === 'killed').map(({ name }) => name);
    const outcome = { failure: this.#failure, killed };
    this.#tell({ type: 'ended', outcome });
    this.#resolveEnded(outcome);
  }

  get #hasManager(): boolean {
    return Object.values(this.#roster.layout).some(({ nodeType }) => nodeType === 'manager');
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
