/**
 * Messages between a control node and the nodes that it asks: events of the framework under one name, which no handler of
 * a user sees. Each has one argument, a {@link ControlMessage}.
 */
import { type DiagnosticsLevel, diagnosticsLevels } from '../../logs/diagnostics.js';
import type { NodeState } from '../membership.js';
import type { PeerInfo } from '../peer-info.js';
import type { Transition } from './history.js';
import type { Vitals } from './host.js';

export const controlEvent = 'Muster::control';

/** What a control node can ask, and what is answered. */
export interface ControlRequests {
  /** How the node is. */
  status: { readonly params: object; readonly answer: NodeReport };
  /** Its peerings, with their counters. */
  peers: { readonly params: object; readonly answer: readonly PeerInfo[] };
  /** What has passed, and what went wrong, since it started. */
  counters: { readonly params: object; readonly answer: ControlCounters };
  /** The effective options, without functions and secrets. */
  options: { readonly params: object; readonly answer: Readonly<Record<string, unknown>> };
  /** The last changes of state of its machines, the oldest first. */
  history: { readonly params: object; readonly answer: readonly Transition[] };
  /** Sets the least severe diagnostics that are written, if `level` is given. */
  logLevel: { readonly params: { readonly level?: DiagnosticsLevel }; readonly answer: DiagnosticsLevel };
  /** Begins new log files. */
  rotateLogs: { readonly params: object; readonly answer: null };
  /** Leaves its cluster, after it has answered. `restart`: its process is to end so that it is started again. */
  shutDown: { readonly params: { readonly restart?: boolean }; readonly answer: null };
  /** Calls what the application has exposed under a name. */
  call: { readonly params: { readonly name: string; readonly args: readonly unknown[] }; readonly answer: unknown };
  /** Handles an event as if it had been published to `topic`: whether it subscribes to that. */
  inject: {
    readonly params: { readonly topic: string; readonly event: string; readonly args: readonly unknown[] };
    readonly answer: boolean;
  };
  /**
   * Sends samples of the events that the node publishes to topics that begin with `topic`, for `lease` ms, at most 60_000;
   * asked again, it goes on. 0 ends it.
   */
  watch: {
    readonly params: { readonly watch: string; readonly topic: string; readonly lease: number };
    readonly answer: null;
  };
}

export type ControlKind = keyof ControlRequests;
export type ControlAnswer<K extends ControlKind> = ControlRequests[K]['answer'];
export type ControlRequest<K extends ControlKind = ControlKind> = {
  [P in K]: { readonly kind: P } & ControlRequests[P]['params'];
}[K];

/** How a node is. Times are in ms, sizes in bytes; of what only a process of its own has, null in a simulation. */
export interface NodeReport {
  readonly id: string;
  readonly state: NodeState;
  /** Since it was made. */
  readonly uptime: number;
  /** Control nodes are not counted in either. */
  readonly peersUp: number;
  readonly peersExpected: number;
  readonly traffic: Traffic;
  readonly process: Vitals | null;
}

/** What has passed on all peerings since the node started, and what waits on them. */
export interface Traffic {
  readonly eventsOut: number;
  readonly eventsIn: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Events that wait for an acknowledgement. */
  readonly unacknowledged: number;
  /** Part of the bounds of the fullest buffer, 0 to 1. */
  readonly fill: number;
  /** Events that were lost, in either direction. */
  readonly lost: number;
}

export interface ControlCounters extends Traffic {
  readonly lostByReason: Readonly<Record<string, number>>;
  /** How often a peer came up. */
  readonly connections: number;
  /** By why they were refused. */
  readonly refusedHellos: Readonly<Record<string, number>>;
  readonly refusedConnections: Readonly<Record<string, number>>;
  readonly refusedSubscriptions: number;
  /** Frames that somebody else sent than the peer whose link it is. */
  readonly foreignFrames: number;
  /** What came to the port and is of no use to anybody. */
  readonly garbage: number;
  readonly violations: number;
  readonly unroutable: number;
  readonly forged: number;
  readonly refusedControl: number;
  readonly invalidEvents: number;
  readonly failedHandlers: number;
}

/** An event that a node has published. */
export interface SeenEvent {
  /** ms since 1970. */
  readonly at: number;
  readonly topic: string;
  readonly event: string;
  /** Bytes that it takes. */
  readonly size: number;
  /** Absent: it is too large to be shown. */
  readonly args?: readonly unknown[];
}

/** What a watch has seen since its last message. */
export interface Sample {
  readonly events: readonly SeenEvent[];
  /** Events that passed and are not shown: there were too many. */
  readonly skipped: number;
}

/** Why a node could not do what it was asked. */
export interface ControlProblem {
  readonly code: string;
  readonly message: string;
}

export type ControlMessage =
  | { readonly type: 'request'; readonly id: string; readonly request: ControlRequest }
  | { readonly type: 'answer'; readonly id: string; readonly value: unknown }
  | { readonly type: 'problem'; readonly id: string; readonly problem: ControlProblem }
  | { readonly type: 'sample'; readonly watch: string; readonly sample: Sample };

/** A message as it came from a peer; undefined if it is none. */
export function readMessage(args: readonly unknown[]): ControlMessage | undefined {
  const [message] = args;
  if (!isObject(message)) return undefined;
  const { type, id, watch, sample, problem } = message;
  switch (type) {
    case 'request':
      return isText(id) && isRequest(message.request) ? { type, id, request: message.request } : undefined;
    case 'answer':
      return isText(id) ? { type, id, value: message.value } : undefined;
    case 'problem':
      return isText(id) && isProblem(problem) ? { type, id, problem } : undefined;
    case 'sample':
      return isText(watch) && isSample(sample) ? { type, watch, sample } : undefined;
    default:
      return undefined;
  }
}

/** What each kind has to carry. */
const shapes: { readonly [K in ControlKind]: (request: Record<string, unknown>) => boolean } = {
  status: () => true,
  peers: () => true,
  counters: () => true,
  options: () => true,
  history: () => true,
  logLevel: ({ level }) => level === undefined || diagnosticsLevels.includes(level as DiagnosticsLevel),
  rotateLogs: () => true,
  shutDown: ({ restart }) => restart === undefined || typeof restart === 'boolean',
  call: ({ name, args }) => isText(name) && Array.isArray(args),
  inject: ({ topic, event, args }) => isText(topic) && isText(event) && Array.isArray(args),
  watch: ({ watch, topic, lease }) =>
    isText(watch) && isText(topic) && typeof lease === 'number' && lease >= 0 && lease <= 60_000,
};

/** Whether something that came from elsewhere is a request. */
export function isRequest(value: unknown): value is ControlRequest {
  return (
    isObject(value) &&
    isText(value.kind) &&
    Object.hasOwn(shapes, value.kind) &&
    shapes[value.kind as ControlKind](value)
  );
}

function isSample(value: unknown): value is Sample {
  return isObject(value) && Array.isArray(value.events) && value.events.every(isSeen) && isCount(value.skipped);
}

function isSeen(value: unknown): value is SeenEvent {
  return (
    isObject(value) &&
    isCount(value.at) &&
    isText(value.topic) &&
    isText(value.event) &&
    isCount(value.size) &&
    (value.args === undefined || Array.isArray(value.args))
  );
}

function isProblem(value: unknown): value is ControlProblem {
  return isObject(value) && isText(value.code) && isText(value.message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}
