/**
 * Messages between a supervisor, its nodes and those who ask it.
 * With a node: objects over Node's IPC channel. With `muster status`, `stop` and `store`: NDJSON over a unix socket, one
 * request and its answers per connection. `docs/command-line.md` describes both.
 */
import type { ControlProblem } from '../actors/control/messages.js';
import type { StoreReport } from '../actors/stores/report.js';
import type { LayoutDifference } from '../layout/difference.js';
import type { OptionsInput } from '../layout/options.js';
import type { Layout, NodeType } from '../layout/types.js';
import type { ChildPhase } from '../machines/child.js';
import type { TraceScope } from '../trace/tracer.js';
import type { Json } from './stores/notation.js';

/** Options that can travel between processes: the functions among them come from scripts. */
export type PlainOptions = Omit<OptionsInput, 'logPolicy' | 'connectNode' | 'redactTrace'>;

/** All that a process needs to become one node of a cluster. */
export interface NodeAssignment {
  readonly name: string;
  readonly layout: Layout;
  /** Absolute paths of the bootstrap scripts, in the order in which they run. */
  readonly scripts: readonly string[];
  /** In force unless a script or the environment says otherwise. */
  readonly defaults: PlainOptions;
  /** In force whatever a script says: given on the command line. */
  readonly overrides: PlainOptions;
  /** Nodes on this machine that are stopped before this one; without a supervisor, it waits for them to leave. */
  readonly stopsAfter: readonly string[];
}

/**
 * Supervisor → node. `assign` comes first; `load` when the scripts may be loaded, which is once the first node to load
 * them has had them compiled; `start` once it is the node's turn.
 */
export type ToNode =
  | { readonly type: 'assign'; readonly assignment: NodeAssignment }
  | { readonly type: 'load' | 'start' | 'stop' }
  /** A trial only asks whether the node could go on in this layout. Answered with `layoutTaken` and the same number. */
  | {
      readonly type: 'layout';
      readonly number: number;
      readonly isTrial: boolean;
      readonly layout: Layout;
      readonly stopsAfter: readonly string[];
    }
  /** Answered with `stores` and the same number. */
  | { readonly type: 'tellStores'; readonly number: number }
  /** Answered with `controlled` and the same number. `request`: as control nodes ask, in the notation of `stores/notation.ts`. */
  | { readonly type: 'control'; readonly number: number; readonly request: Json }
  /** Comes with the connection on which it was asked; the node answers there. */
  | StoreRequest
  | FeedRequest;

/** What a node knows of itself, told whenever it changes. */
export interface NodeReport {
  readonly state: 'connecting' | 'ready' | 'degraded' | 'leaving';
  /** Control nodes are not counted in either. */
  readonly peersUp: number;
  readonly peersExpected: number;
}

/** Node → supervisor. */
export type FromNode =
  /** Its scripts are loaded. */
  | { readonly type: 'loaded' }
  | { readonly type: 'listening'; readonly id: string }
  | ({ readonly type: 'report' } & NodeReport)
  | { readonly type: 'clusterStarted' }
  /** `problem`: why it cannot go on in that layout. */
  | { readonly type: 'layoutTaken'; readonly number: number; readonly problem: string | null }
  | { readonly type: 'stores'; readonly number: number; readonly stores: readonly StoreReport[] }
  | { readonly type: 'controlled'; readonly number: number; readonly outcome: ControlOutcome }
  /** What a watch that was asked for has seen. */
  | { readonly type: 'sample'; readonly watch: string; readonly sample: Json }
  /** The node has left, and knows what its peers had not acknowledged. */
  | { readonly type: 'left'; readonly unacknowledged: Readonly<Record<string, number>> }
  /** Why it is about to end with a nonzero exit code. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** What a node answers to a control request. */
export type ControlOutcome = { readonly value: Json } | { readonly problem: ControlProblem };

/** One line of what a node wrote. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/** One node in the answer to a `status` request. */
export interface NodeStatus {
  readonly name: string;
  readonly nodeType: NodeType;
  /** `ip:port`; null: the node does not listen. */
  readonly address: string | null;
  readonly state: ChildPhase;
  /** Id of its present lifetime; null before it listens. */
  readonly id: string | null;
  /** null: no process runs. */
  readonly pid: number | null;
  /** When it came into this state, in ms since 1970. */
  readonly since: number;
  readonly peersUp: number;
  readonly peersExpected: number;
  readonly restarts: number;
  /** How its last process ended; null: none has, or it ended in peace. */
  readonly lastExit: { readonly reason: string; readonly at: number; readonly output: readonly OutputLine[] } | null;
}

export type SupervisorState = 'starting' | 'running' | 'stopping' | 'ended';

export interface ClusterStatus {
  readonly pid: number;
  readonly state: SupervisorState;
  /** The file the layout came from. */
  readonly layout: string | null;
  readonly stateDir: string;
  readonly startedAt: number;
  readonly nodes: readonly NodeStatus[];
  /** Nodes of the layout that others run, without control nodes. */
  readonly elsewhere: readonly {
    readonly name: string;
    readonly nodeType: NodeType;
    readonly address: string | null;
  }[];
}

/** What a node says of its stores; null: it does not answer. */
export interface NodeStores {
  readonly name: string;
  readonly stores: readonly StoreReport[] | null;
}

/** Asks the master of a store. Keys and values are in the notation of `stores/notation.ts`. */
export type StoreRequest = { readonly type: 'store'; readonly store: string } & StoreOperation;

export type StoreOperation =
  | { readonly operation: 'get' | 'erase'; readonly key: Json }
  /** `expiry`: in ms from then on. */
  | { readonly operation: 'put'; readonly key: Json; readonly value: Json; readonly expiry?: number }
  | { readonly operation: 'keys' | 'export' }
  /** Entries follow, once the node has said that it serves, up to a line that is `end`. */
  | { readonly operation: 'import'; readonly clears: boolean; readonly end: string };

/** Asks for the trace of a node, or of the supervisor itself, as NDJSON until who asks goes away. */
export interface FeedRequest {
  readonly type: 'feed';
  /** Absent: the supervisor's own. */
  readonly node?: string;
  /** @defaultValue `'control'` */
  readonly scope?: TraceScope;
}

/** How a master's node answers. Entries and keys go between, as lines that begin with `{"key":`. */
export type StoreAnswer =
  /** It is at work: who wants to send something may. */
  | { readonly type: 'serving'; readonly node: string }
  /** `count`: what was given out, put, erased or imported; `expired`: what had expired and was not imported. */
  | { readonly type: 'done'; readonly count: number; readonly expired?: number }
  | { readonly type: 'error'; readonly code: string | null; readonly message: string };

/** How it all ended. */
export interface Outcome {
  /** The node whose start failed, and why; null: none did. */
  readonly failure: { readonly name: string; readonly code: string | null; readonly message: string } | null;
  /** Nodes that had to be killed. */
  readonly killed: readonly string[];
}

/** What happens to a node besides its changes of state. */
export type NodeFate = { readonly name: string } & (
  | ({ readonly type: 'output' } & OutputLine)
  | { readonly type: 'died'; readonly reason: string; readonly restartDelay: number }
  | { readonly type: 'slow'; readonly after: number }
  | { readonly type: 'lost'; readonly unacknowledged: Readonly<Record<string, number>> }
  | { readonly type: 'killed' }
);

/** What another layout means for the nodes of a supervisor. */
export interface ReloadPlan {
  /** Of the whole layout. */
  readonly difference: LayoutDifference;
  readonly started: readonly string[];
  readonly restarted: readonly string[];
  readonly stopped: readonly string[];
}

/** What has come of a {@link ReloadPlan}. */
export interface ReloadOutcome {
  /** Why nodes could not start, or not go on, in words. */
  readonly failed: Readonly<Record<string, string>>;
  /** Nodes that have not answered, or not listened, in time; they still may. */
  readonly late: readonly string[];
}

/** What a supervisor tells, and `muster up --json` prints. `ts`: ms since 1970. */
export type SupervisorEvent = { readonly ts: number } & (
  | NodeFate
  /** The same state as `previous`: only its peers have changed. */
  | { readonly type: 'state'; readonly node: NodeStatus; readonly previous: ChildPhase | null }
  | { readonly type: 'failed'; readonly name: string; readonly code: string | null; readonly message: string }
  | { readonly type: 'started'; readonly seconds: number }
  /** Where its inspector is; the link is all that is needed to open it. */
  | { readonly type: 'inspector'; readonly url: string }
  | ({ readonly type: 'reloading' } & ReloadPlan)
  | ({ readonly type: 'reloaded' } & ReloadOutcome)
  | { readonly type: 'stopping'; readonly reason: string }
  | { readonly type: 'ended'; readonly outcome: Outcome }
);

/** An event before it got its time. */
export type Untimed<E> = E extends unknown ? Omit<E, 'ts'> : never;

/** To the supervisor's socket. */
export type ControlRequest =
  | { readonly type: 'status' }
  | { readonly type: 'stores' }
  | StoreRequest
  | FeedRequest
  /** Asks nodes what control nodes ask; `timeout` in ms, `request` in the notation. Answered with the same number. */
  | {
      readonly type: 'control';
      readonly number: number;
      readonly nodes: readonly string[];
      readonly timeout: number;
      readonly request: Json;
    }
  /** Has nodes leave and started again; those that do not answer within `timeout` ms are killed. */
  | { readonly type: 'restart'; readonly number: number; readonly nodes: readonly string[]; readonly timeout: number }
  /** `layout`: absolute path; absent: that of the present one. */
  | { readonly type: 'reload'; readonly layout?: string; readonly dryRun: boolean }
  /** `timeout`: what has not ended after so many ms is killed; absent: the supervisor's own deadlines hold. */
  | { readonly type: 'stop'; readonly timeout?: number };

/** From the supervisor's socket; {@link StoreAnswer} comes from a node. `stopping` is followed by `stopped` when no node is left. */
export type ControlAnswer =
  | ({ readonly type: 'status' } & ClusterStatus)
  | { readonly type: 'stores'; readonly nodes: readonly NodeStores[] }
  | {
      readonly type: 'controlled';
      readonly number: number;
      readonly answers: Readonly<Record<string, Json>>;
      readonly absent: Readonly<Record<string, ControlProblem>>;
    }
  /** Followed by `reloaded`, unless it was only to be told. */
  | ({ readonly type: 'reloading'; readonly warnings: readonly string[] } & ReloadPlan)
  | ({ readonly type: 'reloaded' } & ReloadOutcome)
  | { readonly type: 'sample'; readonly node: string; readonly watch: string; readonly sample: Json }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped'; readonly killed: readonly string[] }
  | { readonly type: 'error'; readonly code?: string | null; readonly message: string };
