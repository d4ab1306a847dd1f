/**
 * Record: one line of a trace. A trace tells what happened at nodes and why: every change of state, every event and every
 * fault, each with the record that led to it. Live nodes and simulated ones write the same; `docs/traces.md` describes it
 * for other readers. Types only, so that a browser can read traces as well.
 */

/** Of what is described here. Raised when a reader of the old form would misunderstand the new one. */
export const traceVersion = 1;

/** Names a record of any node. */
export interface Cause {
  readonly node: string;
  /** Id of the node's lifetime: numbers begin anew with each. */
  readonly id: string;
  readonly sequence: number;
}

/** What records of each kind tell. Durations are in ms. */
export interface TraceData {
  /** The node, as it was when somebody began to listen. `initiates` and `accepts`: names of its peers. */
  node: {
    readonly nodeType: string;
    readonly layout: Readonly<Record<string, string>>;
    readonly initiates: readonly string[];
    readonly accepts: readonly string[];
  };
  /** An actor that runs a machine: when it starts, and as it is when somebody begins to listen. */
  actor: { readonly actor: string; readonly machine: string; readonly state: StateValue; readonly context: object };
  /** An actor is told something, whether or not its present state heeds that. */
  event: { readonly actor: string; readonly event: { readonly type: string } };
  /** `transitions`: their names, one for each region that took part; `changes`: what is new in the context. */
  transition: {
    readonly actor: string;
    readonly machine: string;
    readonly transitions: readonly string[];
    readonly event: string;
    readonly from: StateValue;
    readonly to: StateValue;
    readonly changes: object;
  };
  /** An actor will be told `event` in `delay` ms, at `due` on the monotonic clock, unless it leaves the state before. */
  timer: { readonly actor: string; readonly event: string; readonly delay: number; readonly due: number };
  /** An actor has ended; `error`: what broke it. */
  stopped: { readonly actor: string; readonly state: StateValue; readonly error?: string };
  /** A frame was handed to a link: the `number`th that this end sent on it. */
  sent: FrameData;
  /** A frame has come on a link: the `number`th that the peer sent on it. */
  received: FrameData;
  /** A hello was refused. `from`: who it says it is. */
  refused: { readonly from: string; readonly reason: string };
  /** A user's event, or one of the framework, goes to those who subscribe. Arguments are not in a trace. */
  published: { readonly topic: string; readonly event: string; readonly peers: readonly string[] };
  /** Handlers of an event of this node run. */
  raised: { readonly event: string };
  /** Handlers of an event that a peer published run. */
  delivered: { readonly event: string; readonly from: string };
  /** A line of the cluster log (`log`) or of the diagnostics. */
  line: { readonly level: 'log' | 'error' | 'warn' | 'info' | 'debug'; readonly message: string };
  /** Events that will never arrive. */
  lost: { readonly peer: string; readonly count: number; readonly reason: string };
  /** What a simulation does to the cluster; the node of such records is empty. */
  fault: { readonly fault: string; readonly args: readonly unknown[] };
  /** The writer could not keep up: so many records before this one are missing. */
  dropped: { readonly count: number };
  /** What has passed on each peering of this lifetime: once a second. */
  counters: { readonly peers: Readonly<Record<string, PeerTotals>> };
}

/** Totals of a peering since its node began, and how full its buffer is. */
export interface PeerTotals {
  readonly eventsOut: number;
  readonly eventsIn: number;
  readonly framesOut: number;
  readonly framesIn: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Events that wait for an acknowledgement. */
  readonly unacknowledged: number;
  /** Share of the buffer that they take, in percent. */
  readonly fill: number;
  /** Events that were lost, in either direction. */
  readonly lost: number;
  /** How often the peer came up. */
  readonly connections: number;
  /** The last one that was measured, in ms; absent before the first. */
  readonly roundTrip?: number;
}

interface FrameData {
  readonly peer: string;
  readonly link: string;
  readonly number: number;
  /** What it is: `hello`, `events`, … */
  readonly frame: string;
  /** Of an `events` or `chunk` frame: number of its first event, and how many it has. */
  readonly first?: number;
  readonly count?: number;
}

/** As XState has it: a name, or regions and nested states by name. */
export type StateValue = string | { readonly [region: string]: StateValue | undefined };

export type TraceKind = keyof TraceData;

export type TraceRecord = { [K in TraceKind]: RecordOf<K> }[TraceKind];

export interface RecordOf<K extends TraceKind> extends Cause {
  readonly version: typeof traceVersion;
  /** ms since 1970. */
  readonly wall: number;
  /** ms of a clock that never jumps; comparable within one process, or one simulation. */
  readonly monotonic: number;
  readonly kind: K;
  readonly data: TraceData[K];
  /** What led to it, as far as its node knows. */
  readonly cause?: Cause;
}

/** Must not throw. */
export type TraceSink = (record: TraceRecord) => void;
