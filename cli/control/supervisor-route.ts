/**
 * Supervisor route: the command asks the supervisor of this machine, which passes the question on to its nodes.
 */
import type { Socket } from 'node:net';
import type { ControlReport } from '../../actors/control/control.js';
import { fromProblem } from '../../actors/control/errors.js';
import type { ControlAnswer, ControlKind, ControlRequest, Sample } from '../../actors/control/messages.js';
import { MusterError, type MusterErrorCode } from '../../errors.js';
import { systemRuntime } from '../../runtime.js';
import { askStatus } from '../control-client.js';
import { Inquiries } from '../inquiries.js';
import { createLineCutter } from '../lines.js';
import type { ClusterStatus, ControlAnswer as SocketAnswer, ControlRequest as SocketRequest } from '../messages.js';
import { connectControl, supervisorFiles } from '../state-dir.js';
import { fromJson, toJson } from '../stores/notation.js';
import type { Route } from './route.js';

type Controlled = Extract<SocketAnswer, { type: 'controlled' }>;

/** The supervisor answers at its nodes' deadline; what it needs for that, in ms. */
const margin = 500;

/** undefined: none is running. */
export async function openSupervisorRoute(stateDir: string, timeout: number): Promise<SupervisorRoute | undefined> {
  const socket = await connectControl(supervisorFiles(stateDir).socket);
  if (socket === undefined) return undefined;
  try {
    return new SupervisorRoute(socket, await askStatus(stateDir, timeout));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

export class SupervisorRoute implements Route {
  readonly via = 'the supervisor of this machine';
  readonly nodes: Route['nodes'];
  /** Whether no node of the cluster is elsewhere. */
  readonly runsAll: boolean;
  readonly broken: Promise<Error>;
  readonly #socket: Socket;
  readonly #elsewhere: readonly string[];
  readonly #inquiries = new Inquiries<Controlled | undefined>(systemRuntime);
  readonly #watchers = new Set<(node: string, watch: string, sample: Sample) => void>();

  constructor(socket: Socket, { nodes, elsewhere }: ClusterStatus) {
    this.#socket = socket;
    this.#elsewhere = elsewhere.map(({ name }) => name);
    this.nodes = [...nodes.map(({ name, nodeType, address }) => ({ name, nodeType, address })), ...elsewhere];
    this.runsAll = elsewhere.length === 0;
    const cutter = createLineCutter((line) => this.#take(JSON.parse(line)), Number.POSITIVE_INFINITY);
    socket.on('data', cutter.push);
    socket.on('error', () => {});
    this.broken = new Promise((resolve) => {
      socket.once('close', () => {
        this.#inquiries.end(undefined);
        resolve(new Error('the supervisor has ended'));
      });
    });
  }

  async ask<K extends ControlKind>(
    request: ControlRequest<K>,
    { nodes = this.nodes.map(({ name }) => name), timeout }: { nodes?: readonly string[]; timeout: number },
  ): Promise<ControlReport<ControlAnswer<K>>> {
    const question = { nodes, timeout, request: toJson(request) };
    return this.#ask(nodes, timeout, (number) => ({ type: 'control', number, ...question }));
  }

  restart(nodes: readonly string[], timeout: number): ReturnType<Route['restart']> {
    return this.#ask(nodes, timeout, (number) => ({ type: 'restart', number, nodes, timeout }));
  }

  onSample(handler: Parameters<Route['onSample']>[0]): void {
    this.#watchers.add(handler);
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }

  async #ask<T>(
    nodes: readonly string[],
    timeout: number,
    question: (number: number) => SocketRequest,
  ): Promise<ControlReport<T>> {
    const controlled = await this.#inquiries.ask(timeout + margin, undefined, (number) => {
      if (this.#socket.destroyed) this.#inquiries.answer(number, undefined);
      else this.#socket.write(`${JSON.stringify(question(number))}\n`);
    });
    return controlled === undefined ? silent(nodes) : this.#reportOf(controlled);
  }

  #reportOf<T>({ answers, absent }: Controlled): ControlReport<T> {
    return {
      answers: mapped(answers, (json) => fromJson(json) as T),
      absent: mapped(absent, (problem, name) => {
        if (this.#elsewhere.includes(name)) {
          const why = 'is not on this machine, and the layout has no control node to reach it through';
          return new MusterError('MUSTER_CONTROL_UNREACHABLE', `${name} ${why}`);
        }
        return ownCodes.has(problem.code)
          ? new MusterError(problem.code as MusterErrorCode, problem.message)
          : fromProblem(name, problem);
      }),
    };
  }

  #take(answer: SocketAnswer): void {
    if (answer.type === 'controlled') this.#inquiries.answer(answer.number, answer);
    if (answer.type !== 'sample') return;
    const sample = fromJson(answer.sample) as Sample;
    for (const watcher of this.#watchers) watcher(answer.node, answer.watch, sample);
  }
}

/** Codes with which the supervisor itself says why there is no answer. */
const ownCodes: ReadonlySet<string> = new Set(['MUSTER_CONTROL_UNREACHABLE', 'MUSTER_CONTROL_TIMEOUT']);

function silent<T>(nodes: readonly string[]): ControlReport<T> {
  const error = new MusterError('MUSTER_CONTROL_UNREACHABLE', 'the supervisor does not answer');
  return { answers: {}, absent: Object.fromEntries(nodes.map((name) => [name, error])) };
}

function mapped<A, B>(all: Readonly<Record<string, A>>, map: (one: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, map(one, name)]));
}
