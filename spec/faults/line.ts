/**
 * Line: a worker that is connected to its manager through a proxy. Both publish numbers to each other all the time, and
 * whatever happens on the way, each gets all of them, once and in order.
 */
import type { ExecutionContext } from 'ava';
import type { OptionsInput } from '../../index.js';
import { Counting } from '../helpers/counting.js';
import { CutProxy } from '../helpers/cut-proxy.js';
import { type Fact, factsOf, TestCluster, type TestNode } from '../helpers/test-cluster.js';

export class End {
  readonly node: TestNode['node'];
  readonly facts: Fact[];
  readonly counting: Counting;

  constructor({ node, facts }: TestNode, counting: Counting) {
    this.node = node;
    this.facts = facts;
    this.counting = counting;
  }

  get ups(): number {
    return factsOf(this.facts, 'node_up').length;
  }

  get downs(): number {
    return factsOf(this.facts, 'node_down').length;
  }

  get isUp(): boolean {
    return this.ups > this.downs;
  }
}

export class Line {
  readonly cluster: TestCluster;
  readonly proxy: CutProxy;
  readonly manager: End;
  readonly worker: End;
  readonly #t: ExecutionContext;

  private constructor(t: ExecutionContext, cluster: TestCluster, proxy: CutProxy, manager: End, worker: End) {
    this.#t = t;
    this.cluster = cluster;
    this.proxy = proxy;
    this.manager = manager;
    this.worker = worker;
  }

  /** Resolves once both are connected and numbers have come to either. */
  static async start(t: ExecutionContext, options: OptionsInput = {}): Promise<Line> {
    const cluster = await TestCluster.create(t, ['manager', 'worker-1'], options);
    const manager = await startCounting(cluster, 'manager', 'worker-1');
    const proxy = await CutProxy.open(t, cluster.layout.manager?.port as number);
    const layout = { ...cluster.layout, manager: { nodeType: 'manager', ip: '127.0.0.1', port: proxy.port } } as const;
    const worker = await startCounting(cluster, 'worker-1', 'manager', layout);
    const line = new Line(t, cluster, proxy, manager, worker);
    await line.flowing();
    return line;
  }

  get ends(): readonly [End, End] {
    return [this.manager, this.worker];
  }

  /** Resolves once both ends have come up so often. */
  async up(times: number): Promise<void> {
    await this.cluster.until(() => this.ends.every(({ ups, isUp }) => ups >= times && isUp));
  }

  /** Resolves once either end has got a hundred numbers more. */
  async flowing(): Promise<void> {
    const { manager, worker } = this;
    await Promise.all([
      manager.counting.received(worker.node.id, lastOf(manager, worker) + 100),
      worker.counting.received(manager.node.id, lastOf(worker, manager) + 100),
    ]);
  }

  /** Ends the flows, and checks that each end got everything, and saw the other come and go in turn and unchanged. */
  async check(): Promise<void> {
    const { manager, worker } = this;
    for (const [from, to] of [
      [manager, worker],
      [worker, manager],
    ] as const) {
      const [last] = Object.values(from.counting.halt());
      await to.counting.received(from.node.id, last as number);
      this.#t.deepEqual(to.counting.accounts, {
        [from.node.id]: { sender: from.node.name, first: 1, last: last as number, wrong: [] },
      });
      const ofPeer = [from.node.name, from.node.id];
      const changes = to.facts.filter(([kind]) => ['hello', 'node_up', 'node_down'].includes(kind));
      const cycle = ['hello', 'node_up', 'node_down'];
      const expected = changes.map((_, i) => [cycle[i % 3], ...ofPeer]);
      this.#t.deepEqual(changes as unknown[], expected);
      this.#t.true(to.isUp);
      this.#t.deepEqual(factsOf(to.facts, 'events_lost'), []);
    }
  }

  /** Makes both nodes leave, and closes the proxy. */
  async close(): Promise<void> {
    await Promise.all(this.ends.map(({ node }) => node.leave()));
    this.proxy.close();
  }
}

async function startCounting(
  cluster: TestCluster,
  name: string,
  peer: string,
  layout: TestCluster['layout'] = cluster.layout,
): Promise<End> {
  let counting: Counting | undefined;
  const setup: Parameters<TestCluster['start']>[1] = {
    layout,
    setup: (node) => {
      counting = new Counting(node);
      counting.begin([peer]);
    },
  };
  return new End(await cluster.start(name, setup), counting as unknown as Counting);
}

function lastOf(receiver: End, sender: End): number {
  return receiver.counting.accounts[sender.node.id]?.last ?? 0;
}
