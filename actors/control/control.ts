/**
 * Control: how control nodes ask their peers, and how a node that is asked answers. What {@link NodeControl} says is the part
 * of users. Only nodes that the layout has as control nodes may ask; what others send under the name of the event is
 * dropped, counted and logged.
 */
import { MusterError, messageOf } from '../../errors.js';
import { isControl } from '../../layout/topology.js';
import { encodeValue } from '../../transport/codec.js';
import type { Peer } from '../node-core.js';
import type { NodeParts } from '../node-parts.js';
import type { Part } from '../part.js';
import type { Peering } from '../peering.js';
import { type AnswerParts, Answers, type Asker, type Exposed } from './answers.js';
import { failed, fromProblem, toProblem } from './errors.js';
import type { NodeHost } from './host.js';
import {
  type ControlAnswer,
  type ControlKind,
  type ControlMessage,
  type ControlRequest,
  controlEvent,
  readMessage,
  type Sample,
} from './messages.js';
import { Questions, unreachable } from './questions.js';
import { Watches } from './watches.js';

/** How long a node that is asked may take, in ms, unless told otherwise. */
export const defaultTimeout = 5_000;
/** Samples are not sent to a control node for which more bytes than this wait. */
const maxBacklog = 256 * 1_024;
/** Bytes of an event besides its message. */
const envelope = 1_024;

export interface AskOptions {
  /** @defaultValue all peers */
  readonly nodes?: readonly string[] | undefined;
  /** How long each may take, in ms. @defaultValue 5_000 */
  readonly timeout?: number | undefined;
}

/** What came of a question to several nodes. Each of them is in one of the two. */
export interface ControlReport<T> {
  readonly answers: Readonly<Record<string, T>>;
  /** Those without an answer, and why: `MUSTER_CONTROL_UNREACHABLE`, `MUSTER_CONTROL_TIMEOUT`, `MUSTER_CONTROL_FAILED`. */
  readonly absent: Readonly<Record<string, MusterError>>;
}

/** The part of a node that control nodes speak to; and, at a control node, the part that speaks. */
export interface NodeControl {
  /**
   * Lets control nodes call a function of this node. What it returns, or its promise resolves to, is the answer; a value
   * that events can carry. Its arguments come from elsewhere: check them.
   * @returns a function that takes it back.
   * @throws {@link MusterError} `MUSTER_CONTROL_FAILED` if the name is in use.
   */
  expose(name: string, fn: Exposed): () => void;
  /**
   * Calls what a peer has exposed; it has 5 s. For another deadline {@link ask} with `kind: 'call'`.
   * @throws {@link MusterError} `MUSTER_CONTROL_REFUSED` if this is no control node, `MUSTER_CONTROL_UNREACHABLE`,
   * `MUSTER_CONTROL_TIMEOUT`, `MUSTER_CONTROL_FAILED` with what the function threw.
   */
  call(node: string, name: string, ...args: readonly unknown[]): Promise<unknown>;
  /**
   * Asks peers at the same time. Settles once all have answered, and at the deadline at the latest.
   * @throws {@link MusterError} `MUSTER_CONTROL_REFUSED` if this is no control node.
   */
  ask<K extends ControlKind>(
    request: ControlRequest<K>,
    options?: AskOptions,
  ): Promise<ControlReport<ControlAnswer<K>>>;
  /** Handles samples of what peers publish, as a request `watch` has them sent. @returns a function that ends that. */
  onSample(handler: (node: string, watch: string, sample: Sample) => void): () => void;
}

export type ControlParts = AnswerParts & Pick<NodeParts, 'router'>;

export class Control implements NodeControl, Part {
  readonly #parts: ControlParts;
  readonly #questions: Questions;
  readonly #watches: Watches;
  readonly #answers: Answers;
  readonly #host: NodeHost | undefined;
  readonly #sampleHandlers = new Set<(node: string, watch: string, sample: Sample) => void>();

  constructor(parts: ControlParts, host: NodeHost | undefined) {
    this.#parts = parts;
    this.#host = host;
    this.#questions = new Questions(parts.core.runtime);
    this.#watches = new Watches(parts.core.runtime, parts.router);
    this.#answers = new Answers(parts, this.#watches, host);
  }

  expose(name: string, fn: Exposed): () => void {
    return this.#answers.expose(name, fn);
  }

  async call(node: string, name: string, ...args: readonly unknown[]): Promise<unknown> {
    const { answers, absent } = await this.ask({ kind: 'call', name, args }, { nodes: [node] });
    const error = absent[node];
    if (error !== undefined) throw error;
    return answers[node];
  }

  async ask<K extends ControlKind>(
    request: ControlRequest<K>,
    { nodes, timeout = defaultTimeout }: AskOptions = {},
  ): Promise<ControlReport<ControlAnswer<K>>> {
    const { core, peerings } = this.#parts;
    if (!isControl(core.nodeType)) {
      const who = core.name || 'a node outside a cluster';
      throw new MusterError('MUSTER_CONTROL_REFUSED', `${who} is no control node: only those may ask others`);
    }
    const names = [...new Set(nodes ?? [...peerings].map(({ name }) => name))];
    const asked = names.map(
      async (name) => [name, await this.#askOne(name, request as ControlRequest, timeout)] as const,
    );
    return reportOf(await Promise.all(asked));
  }

  onSample(handler: (node: string, watch: string, sample: Sample) => void): () => void {
    this.#sampleHandlers.add(handler);
    return () => this.#sampleHandlers.delete(handler);
  }

  /** Does what its supervisor asks. @throws {@link MusterError} `MUSTER_CONTROL_FAILED`, and what the application throws. */
  perform(request: ControlRequest, asker: Asker): Promise<unknown> {
    return this.#answers.perform(request, asker);
  }

  /** A message has come from a peer. */
  receive(from: Peer, args: readonly unknown[]): void {
    const message = readMessage(args);
    const { core, peerings } = this.#parts;
    const peering = peerings.get(from.name);
    if (message === undefined || peering === undefined) {
      core.counters.forged += 1;
      core.warnings.tell(`control ${from.name}`, `dropped a message of control from ${from.name}: it says nothing`);
    } else if (message.type === 'request') {
      if (isControl(from.nodeType)) this.#take(peering, message.id, message.request);
      else this.#refuse(from, message.request.kind);
    } else if (!isControl(core.nodeType)) {
      core.counters.forged += 1;
      core.warnings.tell(`control ${from.name}`, `dropped an answer of ${from.name}: this node asks nobody`);
    } else if (message.type === 'sample') {
      this.#tellSample(from.name, message.watch, message.sample);
    } else {
      // Who is late finds nobody waiting.
      const answer = message.type === 'answer' ? { value: message.value } : fromProblem(from.name, message.problem);
      this.#questions.answered(from.name, message.id, answer);
    }
  }

  peerDown({ name }: Peer): void {
    this.#questions.down(name);
    this.#watches.end(`${name} `);
  }

  close(): void {
    this.#watches.end('');
    this.#host?.close();
  }

  #askOne(name: string, request: ControlRequest, timeout: number): Promise<unknown> {
    const { core, peerings } = this.#parts;
    const peering = peerings.get(name);
    if (peering === undefined) {
      const isKnown = Object.hasOwn(core.layout, name);
      const why = isKnown ? `shares no peering with ${core.name}` : 'is no node of the layout';
      return Promise.resolve(unreachable(name, why));
    }
    if (!peering.isUp) return Promise.resolve(unreachable(name, 'is not connected'));
    return this.#questions.ask(name, timeout, (id) => this.#send(peering, { type: 'request', id, request }));
  }

  /** A node that leaves begins nothing any more: its farewell tells that it will not answer. */
  #take(peering: Peering, id: string, request: ControlRequest): void {
    if (!this.#parts.isLeaving) void this.#answer(peering, id, request);
  }

  async #answer(peering: Peering, id: string, request: ControlRequest): Promise<void> {
    const { name } = peering;
    const asker: Asker = { name, take: (watch) => (sample) => this.#sendSample(peering, watch, sample) };
    try {
      const value = await this.#answers.perform(request, asker);
      this.#send(peering, { type: 'answer', id, value });
    } catch (thrown) {
      this.#send(peering, { type: 'problem', id, problem: toProblem(thrown) });
    }
  }

  #refuse({ name, nodeType }: Peer, kind: string): void {
    const { core } = this.#parts;
    core.counters.refusedControl += 1;
    core.warnings.tell(
      `control ${name}`,
      `refused a control request (${kind}) of ${name}: it is a ${nodeType}, and only control nodes may ask`,
    );
  }

  #tellSample(node: string, watch: string, sample: Sample): void {
    for (const handler of this.#sampleHandlers) {
      try {
        handler(node, watch, sample);
      } catch (thrown) {
        this.#parts.core.diagnostics.error(`a handler of samples threw: ${messageOf(thrown)}`);
      }
    }
  }

  #sendSample(peering: Peering, watch: string, sample: Sample): boolean {
    const backlog = peering.session.channel?.outbox.backlog;
    if (backlog === undefined || backlog > maxBacklog) return false;
    try {
      this.#send(peering, { type: 'sample', watch, sample });
      return true;
    } catch {
      // It is too large for a node whose events have to be small.
      return false;
    }
  }

  /** @throws {@link MusterError} `MUSTER_CONTROL_FAILED` for what is too large, and TypeError for what cannot be sent. */
  #send(peering: Peering, message: ControlMessage): void {
    const { router, core } = this.#parts;
    const size = encodeValue(message, 'control').length;
    const { maxEventSize } = core.options;
    if (size + envelope > maxEventSize)
      throw failed(`${size} bytes are too many to be sent (maxEventSize ${maxEventSize})`);
    router.publishFramework('', controlEvent, [message], peering);
  }
}

function reportOf<T>(asked: readonly (readonly [string, unknown])[]): ControlReport<T> {
  const answers: Record<string, T> = {};
  const absent: Record<string, MusterError> = {};
  for (const [name, outcome] of asked) {
    if (isValue(outcome)) answers[name] = outcome.value as T;
    else absent[name] = outcome instanceof MusterError ? outcome : failed(`${name}: ${String(outcome)}`, outcome);
  }
  return { answers, absent };
}

function isValue(outcome: unknown): outcome is { readonly value: unknown } {
  return !(outcome instanceof Error) && typeof outcome === 'object' && outcome !== null && 'value' in outcome;
}
