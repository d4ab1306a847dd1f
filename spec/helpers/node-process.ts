/**
 * Node process: a node of a {@link TestCluster} in a process of its own, for what only a whole process can show: that it
 * is killed, or stopped, or stuck. It tells what it raises, and does what it is told; when the test is over, it is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { LayoutDefinition, LeaveReport, NodeType, OptionsInput, PeerInfo } from '../../index.js';
import type { Account, Counts } from './counting.js';
import type { MemoryUse } from './memory-watch.js';
import { guard } from './node-process-guard.js';
import type { Slowness } from './stream-sink.js';
import type { StreamPlan } from './stream-source.js';
import type { Fact, TestCluster } from './test-cluster.js';

const program = fileURLToPath(new URL('./node-process-program.js', import.meta.url));

/** How a node is started, as one JSON argument of the program. */
export interface Assignment {
  readonly name: string;
  readonly layout: LayoutDefinition;
  readonly options: OptionsInput;
  /** Peers to which numbers flow from the start. */
  readonly flows: readonly string[];
  /** Numbers that it publishes at a pace of its own. */
  readonly stream?: StreamPlan;
  /** Directory for records of such numbers that it gets. */
  readonly records?: string;
  /** Persistent stores that it creates. */
  readonly stores?: readonly string[];
  /** Peers of which it does not tell what it raises. */
  readonly unwatched?: readonly string[];
}

/** What the process can be told to do, and what it answers. */
export interface Deeds {
  /** Publishes no more numbers: the last ones, by name of the peer. */
  halt(): Record<string, number>;
  /** Publishes `count` numbers to a peer, at once. */
  burst(peer: string, count: number): void;
  /** Once number `upTo` of a sender's lifetime has come. */
  received(id: string, upTo: number): void;
  accounts(): Record<string, Account>;
  peers(): PeerInfo[];
  /** Keeps the event loop busy for `ms`; answered before. */
  block(ms: number): void;
  /** Of its own stream: the last numbers so far, by name of the peer. */
  published(): Record<string, number>;
  /** Ends its own stream: the last numbers, once all others are acknowledged. */
  finish(): Record<string, number>;
  /** Once number `upTo` of the stream of a sender's lifetime, or a later one, has come. */
  streamed(id: string, upTo: number): void;
  /** How it handles the numbers of streams from now on. */
  slow(slowness: Slowness): void;
  /** Since it was first asked. */
  memory(): MemoryUse;
  leave(): LeaveReport;
}

/** Nodes of each type that a node said were up. */
export type Active = Readonly<Partial<Record<NodeType, number>>>;

/** What the process tells. */
export type Message =
  | { readonly type: 'joined'; readonly id: string }
  | { readonly type: 'fact'; readonly fact: Fact; readonly active: Active }
  | { readonly type: 'ready'; readonly code: string | undefined }
  | { readonly type: 'closed'; readonly code: string | undefined }
  | { readonly type: 'answer'; readonly call: number; readonly value: unknown };

/** What it is told. */
export interface Call {
  readonly call: number;
  readonly deed: keyof Deeds;
  readonly args: readonly unknown[];
}

/** A fact, what the node then said of the nodes that were up, and when the test heard of it (`performance.now()`). */
export interface Report {
  readonly fact: Fact;
  readonly active: Active;
  readonly at: number;
}

export interface ProcessOptions {
  readonly options?: OptionsInput;
  readonly flows?: readonly string[];
  readonly stream?: StreamPlan;
  readonly records?: string;
  readonly stores?: readonly string[];
  readonly unwatched?: readonly string[];
  /** Another view of the layout than the cluster's own. */
  readonly layout?: LayoutDefinition;
  /** File descriptors that the process may have. @defaultValue as many as this process */
  readonly descriptors?: number;
  /** Command and arguments that run the process in their own way. */
  readonly within?: readonly string[];
}

export class NodeProcess {
  readonly name: string;
  /** Id of the node's lifetime. */
  id = '';
  readonly reports: Report[] = [];
  /** Code of the error with which `ready()` was rejected; `undefined` for none. Absent: it is still pending. */
  ready: { readonly code: string | undefined } | undefined;
  /** The same for what `closed` resolved with. */
  closed: { readonly code: string | undefined } | undefined;
  /** What the node wrote on stderr. */
  stderr = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcess;
  readonly #cluster: TestCluster;
  readonly #calls: ((value: unknown) => void)[] = [];

  private constructor(cluster: TestCluster, assignment: Assignment, { descriptors, within = [] }: ProcessOptions) {
    this.name = assignment.name;
    this.#cluster = cluster;
    const limit = descriptors === undefined ? '' : `ulimit -n ${descriptors}; `;
    const command = [...within, process.execPath, '--conditions=development', program, JSON.stringify(assignment)];
    this.#child = spawn('sh', ['-c', `${limit}exec "$0" "$@"`, ...command], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    guard(this.#child);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      cluster.changed();
    });
    this.#child.on('message', (message: Message) => this.#hear(message));
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** Resolves once the node listens, or has failed to. */
  static async start(
    t: ExecutionContext,
    cluster: TestCluster,
    name: string,
    given: ProcessOptions = {},
  ): Promise<NodeProcess> {
    const { options, flows = [], layout = cluster.layout, stream, records, stores = [], unwatched = [] } = given;
    const defaults = { stateDir: cluster.stateDir, retryInterval: 50, leaveTimeout: 1_000, logLevel: 'info' } as const;
    const streams = { ...(stream !== undefined && { stream }), ...(records !== undefined && { records }) };
    const assignment = { name, layout, options: { ...defaults, ...options }, flows, stores, unwatched, ...streams };
    const node = new NodeProcess(cluster, assignment, given);
    t.teardown(() => node.kill());
    await Promise.race([cluster.until(() => node.id !== ''), node.exited]);
    if (node.id === '') t.log(node.stderr);
    return node;
  }

  get facts(): Fact[] {
    return this.reports.map(({ fact }) => fact);
  }

  get counting(): Counts {
    const node = this;
    return {
      halt: () => node.do('halt'),
      received: (id, upTo) => node.do('received', id, upTo),
      get accounts() {
        return node.do('accounts');
      },
    };
  }

  do<D extends keyof Deeds>(deed: D, ...args: Parameters<Deeds[D]>): Promise<ReturnType<Deeds[D]>> {
    const call = this.#calls.length;
    this.#child.send({ call, deed, args } satisfies Call);
    return new Promise((resolve) => this.#calls.push(resolve as (value: unknown) => void));
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Kills the process, if it is not gone yet. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #hear(message: Message): void {
    switch (message.type) {
      case 'joined':
        this.id = message.id;
        break;
      case 'fact':
        this.reports.push({ fact: message.fact, active: message.active, at: performance.now() });
        break;
      case 'ready':
        this.ready = { code: message.code };
        break;
      case 'closed':
        this.closed = { code: message.code };
        break;
      case 'answer':
        this.#calls[message.call]?.(message.value);
        break;
      default:
        message satisfies never;
    }
    this.#cluster.changed();
  }
}
