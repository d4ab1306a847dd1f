/**
 * Line: a worker that is connected to its manager through a proxy. Both publish numbers to each other all the time, and
 * whatever happens on the way, each gets all of them, once and in order.
 */
import type { ExecutionContext } from 'ava';
import type { OptionsInput } from '../../index.js';
import { CutProxy } from '../helpers/cut-proxy.js';
import { TestCluster } from '../helpers/test-cluster.js';
import { checkNumbers, flowing, LocalMember, times } from './members.js';

export interface LineOptions {
  readonly manager?: OptionsInput;
  readonly worker?: OptionsInput;
}

export class Line {
  readonly cluster: TestCluster;
  readonly proxy: CutProxy;
  readonly manager: LocalMember;
  readonly worker: LocalMember;
  readonly #t: ExecutionContext;

  private constructor(
    t: ExecutionContext,
    cluster: TestCluster,
    proxy: CutProxy,
    manager: LocalMember,
    worker: LocalMember,
  ) {
    this.#t = t;
    this.cluster = cluster;
    this.proxy = proxy;
    this.manager = manager;
    this.worker = worker;
  }

  /** Resolves once both are connected and numbers have come to either. */
  static async start(t: ExecutionContext, options: LineOptions = {}): Promise<Line> {
    const cluster = await TestCluster.create(t, ['manager', 'worker-1']);
    const manager = await LocalMember.start(cluster, 'manager', ['worker-1'], { options: options.manager ?? {} });
    const proxy = await CutProxy.open(t, cluster.layout.manager?.port as number);
    const layout = { ...cluster.layout, manager: { nodeType: 'manager', ip: '127.0.0.1', port: proxy.port } } as const;
    const worker = await LocalMember.start(cluster, 'worker-1', ['manager'], { layout, options: options.worker ?? {} });
    const line = new Line(t, cluster, proxy, manager, worker);
    await Promise.all([manager.counting.received(worker.id, 100), worker.counting.received(manager.id, 100)]);
    return line;
  }

  get ends(): readonly [LocalMember, LocalMember] {
    return [this.manager, this.worker];
  }

  /** How often either end has seen the other come up: the manager, then the worker. */
  get ups(): [number, number] {
    return [times(this.manager, 'node_up', this.worker.id), times(this.worker, 'node_up', this.manager.id)];
  }

  get downs(): [number, number] {
    return [times(this.manager, 'node_down', this.worker.id), times(this.worker, 'node_down', this.manager.id)];
  }

  /** Resolves once both ends see the other up, and have seen it come up since {@link ups} was `before`. */
  async upAgain(before: readonly [number, number]): Promise<void> {
    await this.cluster.until(() => {
      const { ups, downs } = this;
      return ups.every((count, i) => count > (before[i] as number) && count > (downs[i] as number));
    });
  }

  /** Resolves once either end has got a hundred numbers more. */
  async flowing(): Promise<void> {
    await flowing(this.ends);
  }

  /** Ends the flows, and checks that each end got everything, and saw the other come and go in turn and unchanged. */
  async check(): Promise<void> {
    await checkNumbers(this.#t, this.ends);
    const { manager, worker } = this;
    for (const [end, { name, id }] of [
      [manager, worker],
      [worker, manager],
    ] as const) {
      const changes = end.facts.filter(([kind]) => ['hello', 'node_up', 'node_down'].includes(kind));
      const cycle = ['hello', 'node_up', 'node_down'];
      this.#t.deepEqual(
        changes as unknown[],
        changes.map((_, i) => [cycle[i % 3], name, id]),
      );
    }
  }

  /** Makes both nodes leave, and closes the proxy. */
  async close(): Promise<void> {
    await Promise.all(this.ends.map(({ node }) => node.leave()));
    this.proxy.close();
  }
}
