/**
 * Supervisor: the nodes of a layout on this machine, one process each.
 * Owns a {@link childMachine} per node and does what it decides; starts and stops them stage by stage. How processes
 * are made, and how all this is shown, is handed in.
 */
import { type Actor, createActor } from 'xstate';
import type { Layout } from '../layout/types.js';
import { type ChildEvent, type ChildPhase, childMachine, phaseOf } from '../machines/child.js';
import type { Runtime, TimerHandle } from '../runtime.js';
import { formatAddress } from './address.js';
import type {
  FromNode,
  NodeAssignment,
  NodeStatus,
  OutputLine,
  PlainOptions,
  SupervisorState,
  ToNode,
} from './messages.js';
import { dueToStart, dueToStop, hasEnded, type Progress, type Stage, stagesOf, stoppedBefore } from './stages.js';

/** A process that carries a node. */
export interface NodeProcess {
  readonly pid: number | undefined;
  send(message: ToNode): void;
  kill(): void;
}

/** What the supervisor is told of a process. Nothing after `exited`. */
export interface NodeProcessHandlers {
  message(message: FromNode): void;
  output(output: OutputLine): void;
  exited(code: number | null, signal: NodeJS.Signals | null): void;
}

export type ForkNode = (name: string, handlers: NodeProcessHandlers) => NodeProcess;

/** What happens, for those who show it. `ts`: ms since 1970. */
export type SupervisorEvent = { readonly ts: number } & (
  | { readonly type: 'state'; readonly node: NodeStatus; readonly previous: ChildPhase | null }
  | ({ readonly type: 'output'; readonly name: string } & OutputLine)
  | { readonly type: 'died'; readonly name: string; readonly reason: string; readonly restartDelay: number }
  | { readonly type: 'failed'; readonly name: string; readonly code: string | null; readonly message: string }
  | { readonly type: 'slow'; readonly name: string; readonly after: number }
  | { readonly type: 'lost'; readonly name: string; readonly unacknowledged: Readonly<Record<string, number>> }
  | { readonly type: 'killed'; readonly name: string }
  | { readonly type: 'started'; readonly seconds: number }
  | { readonly type: 'stopping'; readonly reason: string }
  | { readonly type: 'ended'; readonly outcome: Outcome }
);
type Told = SupervisorEvent extends infer E ? (E extends { ts: number } ? Omit<E, 'ts'> : never) : never;

/** How it all ended. */
export interface Outcome {
  /** The node whose start failed, and why; null: none did. */
  readonly failure: { readonly name: string; readonly code: string | null; readonly message: string } | null;
  /** Nodes that had to be killed. */
  readonly killed: readonly string[];
}

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
}

/** Policy of restarts and deadlines, in ms. */
const policy = {
  firstBackOff: 1_000,
  maxBackOff: 30_000,
  settledAfter: 30_000,
  slowAfter: 10_000,
  stopTimeout: 10_000,
};

/** Lines of a node's output that are kept for `status`. */
const keptLines = 20;

/** What is known of one node besides its machine. */
interface Child {
  readonly name: string;
  readonly actor: Actor<typeof childMachine>;
  process: NodeProcess | undefined;
  phase: ChildPhase;
  since: number;
  id: string | null;
  peersUp: number;
  peersExpected: number;
  readonly output: OutputLine[];
  /** What the present process said of its coming end. */
  failure: { readonly code: string; readonly message: string } | undefined;
  lastExit: NodeStatus['lastExit'];
}

export class Supervisor {
  /** Settles when no process is left. Never rejects. */
  readonly ended: Promise<Outcome>;
  readonly #setup: SupervisorSetup;
  readonly #stages: readonly Stage[];
  readonly #children: ReadonlyMap<string, Child>;
  readonly #startedAt: number;
  #resolveEnded!: (outcome: Outcome) => void;
  #state: SupervisorState = 'starting';
  #failure: Outcome['failure'] = null;
  #deadline: TimerHandle;
  /** The node that loads the scripts before the others do. */
  #pioneer: Child | undefined;
  #scriptsAreCompiled = false;

  constructor(setup: SupervisorSetup) {
    this.#setup = setup;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#startedAt = setup.runtime.now();
    this.#stages = stagesOf(setup.layout, setup.names);
    this.#children = new Map(this.#stages.flat().map((name) => [name, this.#createChild(name)]));
  }

  get state(): SupervisorState {
    return this.#state;
  }

  get nodes(): NodeStatus[] {
    return [...this.#children.values()].map((child) => this.#statusOf(child));
  }

  /** Forks a process for every node. They load at the same time, and start in their turn. */
  start(): void {
    for (const child of this.#children.values()) {
      child.actor.start();
      this.#tellState(child, null);
    }
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
    for (const child of this.#children.values()) send(child, { type: 'kill' });
  }

  #createChild(name: string): Child {
    const { runtime } = this.#setup;
    const actor = createActor(childMachine, {
      input: { ...policy, name },
      clock: {
        setTimeout: (task, delay) => runtime.setTimeout(task, delay),
        clearTimeout: (handle) => runtime.clearTimeout(handle),
      },
    });
    const child: Child = {
      name,
      actor,
      process: undefined,
      phase: 'loading',
      since: this.#startedAt,
      id: null,
      peersUp: 0,
      peersExpected: 0,
      output: [],
      failure: undefined,
      lastExit: null,
    };
    actor.on('process.fork', () => this.#fork(child));
    actor.on('process.release', () => child.process?.send({ type: 'start' }));
    actor.on('process.ask', () => child.process?.send({ type: 'stop' }));
    actor.on('process.kill', () => {
      child.process?.kill();
      this.#tell({ type: 'killed', name });
    });
    actor.on('start.slow', ({ after }) => this.#tell({ type: 'slow', name, after }));
    actor.on('restart.due', ({ delay }) => {
      this.#tell({ type: 'died', name, reason: child.lastExit?.reason ?? '', restartDelay: delay });
    });
    actor.subscribe({
      next: (snapshot) => this.#note(child, phaseOf(snapshot)),
      error: (thrown) => {
        throw thrown;
      },
    });
    return child;
  }

  #fork(child: Child): void {
    child.failure = undefined;
    child.output.length = 0;
    child.process = this.#setup.fork(child.name, {
      message: (message) => this.#take(child, message),
      output: (output) => {
        child.output.push(output);
        if (child.output.length > keptLines) child.output.shift();
        this.#tell({ type: 'output', name: child.name, ...output });
      },
      exited: (code, signal) => this.#bury(child, code, signal),
    });
    child.process.send({ type: 'assign', assignment: this.#assignmentOf(child.name) });
    this.#pioneer ??= child;
    if (this.#pioneer === child || this.#scriptsAreCompiled) child.process.send({ type: 'load' });
  }

  /** Compiling TypeScript takes longer than all the rest of a start: one node does it, the others find the result. */
  #noteCompiled(): void {
    if (this.#scriptsAreCompiled || this.#state === 'stopping') return;
    this.#scriptsAreCompiled = true;
    for (const child of this.#children.values()) child.process?.send({ type: 'load' });
  }

  #assignmentOf(name: string): NodeAssignment {
    const { layout, scripts, defaults, overrides } = this.#setup;
    return { name, layout, scripts, defaults, overrides, stopsAfter: stoppedBefore(this.#stages, name) };
  }

  #take(child: Child, message: FromNode): void {
    switch (message.type) {
      case 'loaded':
        this.#noteCompiled();
        return;
      case 'listening':
        child.id = message.id;
        send(child, { type: 'process.listening' });
        return;
      case 'report': {
        const { state, peersUp, peersExpected } = message;
        const isNews = child.peersUp !== peersUp || child.peersExpected !== peersExpected;
        Object.assign(child, { peersUp, peersExpected });
        const { phase } = child;
        send(child, { type: `process.${state}` });
        if (isNews && child.phase === phase) this.#tellState(child, phase);
        return;
      }
      case 'clusterStarted':
        this.#noteStarted();
        return;
      case 'left':
        if (Object.keys(message.unacknowledged).length === 0) return;
        this.#tell({ type: 'lost', name: child.name, unacknowledged: message.unacknowledged });
        return;
      case 'failed':
        child.failure = { code: message.code, message: message.message };
        return;
      default:
        message satisfies never;
    }
  }

  #bury(child: Child, code: number | null, signal: NodeJS.Signals | null): void {
    const how = signal !== null ? `killed by ${signal}` : `exit code ${code}`;
    const reason = child.failure === undefined ? how : child.failure.message;
    const isPeaceful = code === 0 || child.phase === 'stopping';
    child.lastExit = isPeaceful ? null : { reason, at: this.#setup.runtime.now(), output: [...child.output] };
    child.process = undefined;
    Object.assign(child, { id: null, peersUp: 0 });
    send(child, { type: 'process.exited', code });
    this.#noteCompiled();
  }

  /** Every change of a child's phase passes here. */
  #note(child: Child, phase: ChildPhase): void {
    if (child.phase === phase) return;
    const previous = child.phase;
    child.phase = phase;
    child.since = this.#setup.runtime.now();
    this.#tellState(child, previous);
    if (phase === 'failed') this.#fail(child);
    if (phase === 'ready' && !this.#hasManager && this.#all('ready')) this.#noteStarted();
    this.#advance();
  }

  /** Does what is due now; called after every change, and harmless when nothing is. */
  #advance(): void {
    if (this.#state === 'ended') return;
    const children = this.#children;
    const progressOf = (name: string) => progress(children.get(name) as Child);
    const isStopping = this.#state === 'stopping';
    const due = isStopping ? dueToStop(this.#stages, progressOf) : dueToStart(this.#stages, progressOf);
    for (const name of due) send(children.get(name) as Child, { type: isStopping ? 'stop' : 'start' });
    if ([...children.values()].every(({ phase }) => hasEnded(phase))) this.#finish();
  }

  #fail({ name, failure, lastExit }: Child): void {
    const message = failure?.message ?? `it ended before it listened: ${lastExit?.reason}`;
    const failed = { name, code: failure?.code ?? null, message };
    this.#failure ??= failed;
    this.#tell({ type: 'failed', ...failed });
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
    const killed = [...this.#children.values()].filter(({ phase }) => phase === 'killed').map(({ name }) => name);
    const outcome = { failure: this.#failure, killed };
    this.#tell({ type: 'ended', outcome });
    this.#resolveEnded(outcome);
  }

  get #hasManager(): boolean {
    return Object.values(this.#setup.layout).some(({ nodeType }) => nodeType === 'manager');
  }

  #all(phase: ChildPhase): boolean {
    return [...this.#children.values()].every((child) => child.phase === phase);
  }

  #tellState(child: Child, previous: ChildPhase | null): void {
    this.#tell({ type: 'state', node: this.#statusOf(child), previous });
  }

  #tell(event: Told): void {
    this.#setup.tell({ ts: this.#setup.runtime.now(), ...event } as SupervisorEvent);
  }

  #statusOf(child: Child): NodeStatus {
    const { name, phase: state, id, since, peersUp, peersExpected, lastExit } = child;
    const node = this.#setup.layout[name] as Layout[string];
    const { restarts } = child.actor.getSnapshot().context;
    const address = formatAddress(node);
    const pid = child.process?.pid ?? null;
    return {
      name,
      nodeType: node.nodeType,
      address,
      state,
      id,
      pid,
      since,
      peersUp,
      peersExpected,
      restarts,
      lastExit,
    };
  }
}

/** A machine that has ended takes no more events. */
function send(child: Child, event: ChildEvent): void {
  if (!hasEnded(child.phase)) child.actor.send(event);
}

function progress({ phase, actor }: Child): Progress {
  const { released, hasListened } = actor.getSnapshot().context;
  return { phase, released, hasListened };
}
