/**
 * Ordeal: a logger and clients that connect to it, each a process of its own, with a proxy on each connection. Numbers
 * stream one way, from all clients to the logger or from the logger to each of them, while faults happen.
 *
 * The clients are control nodes, since these need no manager: without one nothing but numbers is ever published, and
 * every loss is a loss of numbers.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { NodeDefinition, OptionsInput, PeerInfo } from '../../index.js';
import { CutProxy } from '../helpers/cut-proxy.js';
import type { MemoryUse } from '../helpers/memory-watch.js';
import { NodeProcess } from '../helpers/node-process.js';
import type { StreamPlan } from '../helpers/stream-source.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';

export interface OrdealPlan {
  /** Who publishes: the clients, which connect, or the logger, to which they do. */
  readonly from: 'clients' | 'logger';
  readonly clients: number;
  readonly stream: Omit<StreamPlan, 'to'>;
  readonly options: OptionsInput;
  /** Command and arguments that run all processes in a network of their own; there are no proxies then. */
  readonly within?: readonly string[];
}

/** One lifetime of a node. */
export interface Life {
  readonly node: NodeProcess;
  wasKilled: boolean;
}

/** What a node that lives at the end has to say. */
export interface Testimony {
  readonly life: Life;
  readonly peers: readonly PeerInfo[];
  /** The last numbers that it published, by name of the peer. */
  readonly published: Readonly<Record<string, number>>;
  readonly memory: MemoryUse;
}

const logger = 'logger-1';

export class Ordeal {
  readonly plan: OrdealPlan;
  readonly cluster: TestCluster;
  readonly records: string;
  /** The connections of the clients, in their order. */
  readonly proxies: CutProxy[] = [];
  /** All lifetimes of all nodes, in order of birth. */
  readonly lives: Life[] = [];
  readonly #t: ExecutionContext;
  /** Of the clients. */
  readonly #names: readonly string[];

  private constructor(t: ExecutionContext, cluster: TestCluster, plan: OrdealPlan, names: readonly string[]) {
    this.#t = t;
    this.#names = names;
    this.cluster = cluster;
    this.plan = plan;
    this.records = join(cluster.stateDir, 'records');
  }

  /** Resolves once numbers flow. */
  static async start(t: ExecutionContext, plan: OrdealPlan): Promise<Ordeal> {
    const names = Array.from({ length: plan.clients }, (_, i) => `control-${i + 1}`);
    const ordeal = new Ordeal(t, await TestCluster.create(t, [logger, ...names]), plan, names);
    await mkdir(ordeal.records);
    await ordeal.#startLogger();
    const { port } = ordeal.cluster.layout[logger] as NodeDefinition;
    for (const _ of plan.within === undefined ? names : []) {
      ordeal.proxies.push(await CutProxy.open(t, port as number));
    }
    await Promise.all(names.map((name, i) => ordeal.#startClient(name, ordeal.proxies[i])));
    await ordeal.flowing();
    return ordeal;
  }

  get logger(): NodeProcess {
    return this.alive.find(({ name }) => name === logger) as NodeProcess;
  }

  /** In the order of {@link proxies}. */
  get clients(): NodeProcess[] {
    return this.#names.map((client) => this.alive.find(({ name }) => name === client) as NodeProcess);
  }

  get alive(): NodeProcess[] {
    return this.lives.filter(({ wasKilled }) => !wasKilled).map(({ node }) => node);
  }

  get senders(): NodeProcess[] {
    return this.plan.from === 'clients' ? this.clients : [this.logger];
  }

  get receivers(): NodeProcess[] {
    return this.plan.from === 'clients' ? [this.logger] : this.clients;
  }

  /** Resolves once every receiver has got so many numbers from every sender that were published after this was called. */
  async flowing(count = 1): Promise<void> {
    await Promise.all(
      this.senders.map(async (sender) => {
        const published = await sender.do('published');
        await this.#streamed(sender, (receiver) => (published[receiver.name] ?? 0) + count);
      }),
    );
  }

  /** Resolves once either end of a client's connection has seen a peer go, since this was called. */
  async noticed(client: number): Promise<void> {
    const ends = this.alive.filter(({ name }) => name === logger || name === this.#names[client]);
    const downs = () => ends.flatMap(({ facts }) => factsOf(facts, 'node_down')).length;
    const before = downs();
    await this.cluster.until(() => downs() > before);
  }

  /** Kills the logger, and starts it again. */
  async killLogger(): Promise<void> {
    const life = this.lives.findLast(({ node }) => node.name === logger) as Life;
    life.wasKilled = true;
    await life.node.kill();
    await this.#startLogger();
  }

  /** Ends the streams. Resolves once everything has come or is lost, and all nodes have left in good order. */
  async end(): Promise<Testimony[]> {
    const published = new Map<NodeProcess, Record<string, number>>();
    await Promise.all(
      this.senders.map(async (sender) => {
        const last = await sender.do('finish');
        published.set(sender, last);
        await this.#streamed(sender, (receiver) => last[receiver.name] as number);
      }),
    );
    const testimonies = await Promise.all(
      this.lives
        .filter(({ wasKilled }) => !wasKilled)
        .map(async (life): Promise<Testimony> => {
          const { node } = life;
          const peers = await node.do('peers');
          return { life, peers, published: published.get(node) ?? {}, memory: await node.do('memory') };
        }),
    );
    const alive = this.alive;
    await Promise.all(alive.map((node) => node.do('leave')));
    for (const node of alive) {
      this.#t.deepEqual(await node.exited, { code: 0, signal: null }, node.name);
      this.#t.notRegex(node.stderr, /ERROR|protocol|Error:/, node.name);
    }
    return testimonies;
  }

  async #streamed(sender: NodeProcess, upTo: (receiver: NodeProcess) => number): Promise<void> {
    await Promise.all(this.receivers.map((receiver) => receiver.do('streamed', sender.id, upTo(receiver))));
  }

  async #startLogger(): Promise<void> {
    await this.#start(logger, this.plan.from === 'logger' ? this.#names : undefined, this.cluster.layout);
  }

  async #startClient(name: string, proxy: CutProxy | undefined): Promise<void> {
    const { layout } = this.cluster;
    const node = layout[logger] as NodeDefinition;
    const view = { ...layout, [logger]: proxy === undefined ? node : { ...node, port: proxy.port } };
    await this.#start(name, this.plan.from === 'clients' ? [logger] : undefined, view);
  }

  async #start(name: string, to: readonly string[] | undefined, layout: TestCluster['layout']): Promise<void> {
    const { options, stream, within = [] } = this.plan;
    const role = to === undefined ? { records: this.records } : { stream: { ...stream, to } };
    const node = await NodeProcess.start(this.#t, this.cluster, name, { options, layout, within, ...role });
    this.lives.push({ node, wasKilled: false });
    await node.do('memory');
  }
}
