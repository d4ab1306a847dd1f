/**
 * Supervised node: one node of a supervisor, over all the processes that carry it.
 * Runs its {@link childMachine}, does what that decides, and remembers what `muster status` shows.
 */
import type { Socket } from 'node:net';
import { type Actor, createActor } from 'xstate';
import { recordChart } from '../actors/chart-recorder.js';
import { toProblem } from '../actors/control/errors.js';
import { late as lateError, unreachable } from '../actors/control/questions.js';
import type { StoreReport } from '../actors/stores/report.js';
import type { Layout, Node } from '../layout/types.js';
import { type ChildEvent, type ChildPhase, childMachine, phaseOf } from '../machines/child.js';
import type { Runtime } from '../runtime.js';
import type { Tracer } from '../trace/tracer.js';
import { formatAddress } from './address.js';
import { Inquiries } from './inquiries.js';
import type {
  ControlOutcome,
  FeedRequest,
  FromNode,
  NodeAssignment,
  NodeFate,
  NodeStatus,
  OutputLine,
  StoreRequest,
  ToNode,
} from './messages.js';
import { hasEnded, type Progress } from './stages.js';
import type { Json } from './stores/notation.js';

/** A process that carries a node. */
export interface NodeProcess {
  readonly pid: number | undefined;
  /** @param connection is handed over, and closed here. */
  send(message: ToNode, connection?: Socket): void;
  kill(): void;
}

/** What is told of a process. Nothing after `exited`. */
export interface NodeProcessHandlers {
  message(message: FromNode): void;
  output(output: OutputLine): void;
  exited(code: number | null, signal: NodeJS.Signals | null): void;
}

export type ForkNode = (name: string, handlers: NodeProcessHandlers) => NodeProcess;

/** What its supervisor is told of a node. */
export interface SupervisedNodeHandlers {
  /** It is in another phase than before, or in the same one with other peers. */
  changed(node: SupervisedNode, previous: ChildPhase | null): void;
  /** Its process has loaded the scripts, or has ended: the next one may try. */
  compiled(): void;
  clusterStarted(): void;
  told(fate: NodeFate): void;
  /** A watch that was asked for has seen something. */
  sampled(name: string, watch: string, sample: Json): void;
}

export interface SupervisedNodeSetup {
  readonly assignment: NodeAssignment;
  readonly runtime: Runtime;
  /** Is told what its machine does. */
  readonly tracer: Tracer;
  readonly fork: ForkNode;
  readonly handlers: SupervisedNodeHandlers;
}

/** Policy of restarts and deadlines, in ms. */
export const policy = {
  firstBackOff: 1_000,
  maxBackOff: 30_000,
  settledAfter: 30_000,
  slowAfter: 10_000,
  stopTimeout: 10_000,
};

/** A node that says nothing of its stores for so long does not answer, in ms. */
const storesTimeout = 2_000;

/** A node that says nothing of another layout for so long does not answer, in ms. */
const layoutTimeout = 2_000;

/** Lines of a node's output that are kept for `status`. */
const keptLines = 20;

export class SupervisedNode {
  readonly name: string;
  readonly #setup: SupervisedNodeSetup;
  #assignment: NodeAssignment;
  readonly #actor: Actor<typeof childMachine>;
  #process: NodeProcess | undefined;
  #mayLoad = false;
  #phase: ChildPhase = 'loading';
  #since: number;
  #id: string | null = null;
  #peersUp = 0;
  #peersExpected = 0;
  #output: OutputLine[] = [];
  /** What the present process said of its coming end. */
  #failure: { readonly code: string; readonly message: string } | undefined;
  #lastExit: NodeStatus['lastExit'] = null;
  readonly #storeInquiries: Inquiries<readonly StoreReport[] | null>;
  readonly #controlInquiries: Inquiries<ControlOutcome>;
  /** Undefined: no answer. */
  readonly #layoutInquiries: Inquiries<string | null | undefined>;

  constructor(setup: SupervisedNodeSetup) {
    this.#setup = setup;
    this.#assignment = setup.assignment;
    this.name = setup.assignment.name;
    this.#since = setup.runtime.now();
    this.#storeInquiries = new Inquiries(setup.runtime);
    this.#controlInquiries = new Inquiries(setup.runtime);
    this.#layoutInquiries = new Inquiries(setup.runtime);
    this.#actor = this.#createActor();
  }

  get phase(): ChildPhase {
    return this.#phase;
  }

  get progress(): Progress {
    const { released, hasListened } = this.#actor.getSnapshot().context;
    return { phase: this.#phase, released, hasListened };
  }

  /** Why its start failed, in words, with the code of the error if there is one. */
  get failure(): { readonly code: string | null; readonly message: string } {
    return this.#failure ?? { code: null, message: `it ended before it listened: ${this.#lastExit?.reason}` };
  }

  get status(): NodeStatus {
    const { nodeType, ...node } = this.#assignment.layout[this.name] as Node;
    return {
      name: this.name,
      nodeType,
      address: formatAddress(node),
      state: this.#phase,
      id: this.#id,
      pid: this.#process?.pid ?? null,
      since: this.#since,
      peersUp: this.#peersUp,
      peersExpected: this.#peersExpected,
      restarts: this.#actor.getSnapshot().context.restarts,
      lastExit: this.#lastExit,
    };
  }

  /** Forks its first process, which waits for {@link load} and then for its turn. */
  begin(): void {
    this.#actor.start();
    this.#setup.handlers.changed(this, null);
  }

  /** Lets this process and all later ones load the scripts. */
  load(): void {
    if (this.#mayLoad) return;
    this.#mayLoad = true;
    this.#process?.send({ type: 'load' });
  }

  /** Tells it that it is its turn, or that its end has come. Does nothing once it has ended. */
  order(type: 'start' | 'stop' | 'kill'): void {
    this.#send({ type });
  }

  /** Why its process cannot go on in another layout; null if it can; undefined if it does not answer. */
  async tryLayout(layout: Layout): Promise<string | null | undefined> {
    return this.#tellLayout({ ...this.#assignment, layout }, true);
  }

  /** Has this process and all later ones go on in another layout. @returns as {@link tryLayout} */
  async follow(layout: Layout, stopsAfter: readonly string[]): Promise<string | null | undefined> {
    this.#assignment = { ...this.#assignment, layout, stopsAfter };
    return this.#tellLayout(this.#assignment, false);
  }

  /** What it says of its stores; null if it does not answer. */
  async stores(): Promise<readonly StoreReport[] | null> {
    if (this.#process === undefined) return null;
    const ask = (number: number) => this.#process?.send({ type: 'tellStores', number });
    return this.#storeInquiries.ask(storesTimeout, null, ask);
  }

  /** What it answers to a control request, or why it does not. */
  async control(request: Json, timeout: number): Promise<ControlOutcome> {
    if (this.#id === null)
      return this.#unreachable(this.#process === undefined ? 'has no process' : 'does not listen yet');
    const late = toProblem(lateError(this.name, timeout));
    const ask = (number: number) => this.#process?.send({ type: 'control', number, request });
    return this.#controlInquiries.ask(timeout, { problem: late }, ask);
  }

  /** Has it leave, so that its next process is forked; kills it if it does not answer, or does not end. */
  async restart(timeout: number): Promise<ControlOutcome> {
    const { runtime } = this.#setup;
    const before = this.#process;
    const killIt = () => {
      if (before !== undefined && this.#process === before) before.kill();
    };
    const outcome = await this.control({ kind: 'shutDown', restart: true }, Math.min(timeout, policy.stopTimeout));
    if (before === undefined) return outcome;
    if ('problem' in outcome) killIt();
    else runtime.setTimeout(killIt, policy.stopTimeout);
    return { value: null };
  }

  /** Lets it answer a request of somebody who is connected. */
  serve(request: StoreRequest | FeedRequest, connection: Socket): void {
    if (this.#process === undefined) connection.destroy();
    else this.#process.send(request, connection);
  }

  async #tellLayout({ layout, stopsAfter }: NodeAssignment, isTrial: boolean): Promise<string | null | undefined> {
    const process = this.#process;
    if (process === undefined) return null;
    return this.#layoutInquiries.ask(layoutTimeout, undefined, (number) =>
      process.send({ type: 'layout', number, isTrial, layout, stopsAfter }),
    );
  }

  /** A machine that has ended takes no more events. */
  #send(event: ChildEvent): void {
    if (!hasEnded(this.#phase)) this.#actor.send(event);
  }

  #createActor(): Actor<typeof childMachine> {
    const { name } = this;
    const { runtime, handlers, tracer } = this.#setup;
    const actor = createActor(childMachine, {
      input: { ...policy, name },
      clock: {
        setTimeout: (task, delay) => runtime.setTimeout(task, delay),
        clearTimeout: (handle) => runtime.clearTimeout(handle),
      },
    });
    recordChart(tracer, actor, { name, machine: 'child', runtime });
    actor.on('process.fork', () => this.#fork());
    actor.on('process.release', () => this.#process?.send({ type: 'start' }));
    actor.on('process.ask', () => this.#process?.send({ type: 'stop' }));
    actor.on('process.kill', () => {
      this.#process?.kill();
      handlers.told({ type: 'killed', name });
    });
    actor.on('start.slow', ({ after }) => handlers.told({ type: 'slow', name, after }));
    actor.on('restart.due', ({ delay }) => {
      handlers.told({ type: 'died', name, reason: this.#lastExit?.reason ?? '', restartDelay: delay });
    });
    actor.subscribe({
      next: (snapshot) => this.#enter(phaseOf(snapshot)),
      error: (thrown) => {
        throw thrown;
      },
    });
    return actor;
  }

  #fork(): void {
    const { fork, handlers } = this.#setup;
    this.#failure = undefined;
    this.#output = [];
    this.#process = fork(this.name, {
      message: (message) => this.#take(message),
      output: (output) => {
        this.#output.push(output);
        if (this.#output.length > keptLines) this.#output.shift();
        handlers.told({ type: 'output', name: this.name, ...output });
      },
      exited: (code, signal) => this.#bury(code, signal),
    });
    this.#process.send({ type: 'assign', assignment: this.#assignment });
    if (this.#mayLoad) this.#process.send({ type: 'load' });
  }

  #take(message: FromNode): void {
    const { handlers } = this.#setup;
    switch (message.type) {
      case 'loaded':
        handlers.compiled();
        return;
      case 'listening':
        this.#id = message.id;
        this.#send({ type: 'process.listening' });
        return;
      case 'report': {
        const { state, peersUp, peersExpected } = message;
        const isNews = this.#peersUp !== peersUp || this.#peersExpected !== peersExpected;
        [this.#peersUp, this.#peersExpected] = [peersUp, peersExpected];
        const phase = this.#phase;
        this.#send({ type: `process.${state}` });
        if (isNews && this.#phase === phase) handlers.changed(this, phase);
        return;
      }
      case 'clusterStarted':
        handlers.clusterStarted();
        return;
      case 'layoutTaken':
        this.#layoutInquiries.answer(message.number, message.problem);
        return;
      case 'stores':
        this.#storeInquiries.answer(message.number, message.stores);
        return;
      case 'controlled':
        this.#controlInquiries.answer(message.number, message.outcome);
        return;
      case 'sample':
        handlers.sampled(this.name, message.watch, message.sample);
        return;
      case 'left':
        if (Object.keys(message.unacknowledged).length === 0) return;
        handlers.told({ type: 'lost', name: this.name, unacknowledged: message.unacknowledged });
        return;
      case 'failed':
        this.#failure = { code: message.code, message: message.message };
        return;
      default:
        message satisfies never;
    }
  }

  #bury(code: number | null, signal: NodeJS.Signals | null): void {
    const { runtime, handlers } = this.#setup;
    const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
    const isPeaceful = code === 0 || this.#phase === 'stopping';
    this.#lastExit = isPeaceful
      ? null
      : { reason: this.#failure?.message ?? how, at: runtime.now(), output: this.#output };
    this.#process = undefined;
    this.#storeInquiries.end(null);
    this.#layoutInquiries.end(null);
    this.#controlInquiries.end(this.#unreachable('went down before it answered'));
    this.#id = null;
    this.#peersUp = 0;
    this.#send({ type: 'process.exited', code });
    handlers.compiled();
  }

  #unreachable(why: string): ControlOutcome {
    return { problem: toProblem(unreachable(this.name, why)) };
  }

  #enter(phase: ChildPhase): void {
    if (phase === this.#phase) return;
    const previous = this.#phase;
    this.#phase = phase;
    this.#since = this.#setup.runtime.now();
    this.#setup.handlers.changed(this, previous);
  }
}
