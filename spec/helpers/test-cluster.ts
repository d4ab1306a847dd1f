/**
 * A cluster of nodes in this process, over real sockets, for one test: starts them, records what they raise, waits for
 * facts, and makes them leave when the test is over.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import {
  type ClusterNode,
  joinCluster,
  type LayoutDefinition,
  type NodeDefinition,
  type OptionsInput,
} from '../../index.js';
import { freePorts } from './ports.js';

const recorded = [
  'Cluster::hello',
  'Cluster::node_up',
  'Cluster::node_down',
  'Cluster::Experimental::node_fully_connected',
  'Cluster::Experimental::cluster_started',
  'Muster::degraded',
  'Muster::recovered',
  'Muster::events_lost',
];

/** Something that a node raised: the event's name without its namespace, and its arguments. */
export type Fact = readonly [name: string, ...args: unknown[]];

export interface TestNode {
  readonly node: ClusterNode;
  readonly facts: Fact[];
}

export interface StartOptions {
  readonly options?: OptionsInput;
  readonly setup?: (node: ClusterNode) => unknown;
  /** Another view of the layout than the cluster's own. */
  readonly layout?: LayoutDefinition;
}

export class TestCluster {
  readonly stateDir: string;
  readonly layout: Record<string, NodeDefinition>;
  readonly #defaults: OptionsInput;
  readonly #started: ClusterNode[] = [];
  /** The latest lifetime of each node that was started. */
  readonly nodes: Record<string, ClusterNode> = {};
  readonly #waiting = new Set<() => void>();

  private constructor(stateDir: string, layout: Record<string, NodeDefinition>, defaults: OptionsInput) {
    this.stateDir = stateDir;
    this.layout = layout;
    this.#defaults = defaults;
  }

  /**
   * A cluster of the nodes named, each of the type with which its name begins; all but workers and control nodes listen.
   */
  static async create(
    t: ExecutionContext,
    names: readonly string[],
    defaults: OptionsInput = {},
  ): Promise<TestCluster> {
    const ports = await freePorts(names.length);
    const stateDir = await mkdtemp(join(tmpdir(), 'muster-'));
    const nodes = names.map((name, i): [string, NodeDefinition] => {
      const nodeType = (/^[a-z]+/.exec(name)?.[0] ?? 'worker') as NodeDefinition['nodeType'];
      const port = ports[i] as number;
      return [name, { nodeType, ip: '127.0.0.1', ...(nodeType !== 'worker' && nodeType !== 'control' && { port }) }];
    });
    const cluster = new TestCluster(stateDir, Object.fromEntries(nodes), defaults);
    t.teardown(async () => {
      await Promise.all(cluster.#started.map((node) => node.leave()));
      await rm(stateDir, { recursive: true, force: true });
    });
    return cluster;
  }

  async start(name: string, { options, setup, layout = this.layout }: StartOptions = {}): Promise<TestNode> {
    const facts: Fact[] = [];
    const node = await joinCluster({
      layout,
      name,
      options: {
        stateDir: this.stateDir,
        retryInterval: 50,
        leaveTimeout: 1_000,
        logLevel: 'silent',
        ...this.#defaults,
        ...options,
      },
      setup: (node) => {
        for (const event of recorded) {
          node.on(event, (...args: unknown[]) => {
            facts.push([event.slice(event.lastIndexOf(':') + 1), ...args]);
            this.changed();
          });
        }
        return setup?.(node);
      },
    });
    this.#started.push(node);
    this.nodes[name] = node;
    return { node, facts };
  }

  /** Starts all nodes, one after the other, and waits until each has all its peers. */
  async startAll(
    setups: Readonly<Record<string, StartOptions>> = {},
    order = Object.keys(this.layout),
  ): Promise<Record<string, TestNode>> {
    const nodes: Record<string, TestNode> = {};
    for (const name of order) nodes[name] = await this.start(name, setups[name]);
    await this.until(() => Object.values(nodes).every(({ node }) => node.peers.every(({ state }) => state === 'up')));
    return nodes;
  }

  /** Something may have changed that a test waits for. Called at each recorded fact; a test's own handlers may call it. */
  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves once `isTrue`, looked at after each change; ava's own timeout is the limit. */
  until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = () => {
        if (!isTrue()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }
}

/** The facts of one kind. */
export function factsOf(facts: readonly Fact[], name: string): Fact[] {
  return facts.filter(([kind]) => kind === name);
}
