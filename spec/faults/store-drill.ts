/**
 * Store drill: clones that write all the time to a persistent store, while connections are cut and the process of its
 * master is killed.
 */
import { randomInt } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { MusterError, type Store } from '../../index.js';
import { CutProxy } from '../helpers/cut-proxy.js';
import { NodeProcess } from '../helpers/node-process.js';
import { TestCluster } from '../helpers/test-cluster.js';

const workers = ['worker-1', 'worker-2', 'worker-3'];
/** Mutations that each writer has under way. */
const inFlight = 20;
/** Keys under which the writers push their marks. */
const lanes = Array.from({ length: inFlight * workers.length }, (_, i) => `${workers[i % workers.length]} ${i}`);
/** Mutations that settle between two faults. */
const load = 300;

export class StoreDrill {
  readonly #t: ExecutionContext;
  readonly #cluster: TestCluster;
  readonly #proxies: CutProxy[] = [];
  readonly #stores: Store<string, string[]>[] = [];
  readonly #settled = new Set<string>();
  readonly #unknown = new Set<string>();
  readonly #rejected: unknown[] = [];
  #manager: NodeProcess | undefined;
  #isWriting = true;
  #writers: Promise<void>[] = [];

  private constructor(t: ExecutionContext, cluster: TestCluster) {
    this.#t = t;
    this.#cluster = cluster;
  }

  static async start(t: ExecutionContext): Promise<StoreDrill> {
    const cluster = await TestCluster.create(t, ['manager', ...workers]);
    const drill = new StoreDrill(t, cluster);
    await drill.#startManager();
    for (const name of workers) await drill.#join(name);
    await drill.#stores[0]?.batch(lanes.map((key) => ({ type: 'put', key, value: [] })));
    drill.#writers = lanes.map((lane, i) =>
      drill.#write(drill.#stores[i % workers.length] as Store<string, string[]>, lane),
    );
    return drill;
  }

  /** Cuts some connections, and at times kills the master's process and starts it again; then waits until it goes on. */
  async disturb(kills: boolean): Promise<void> {
    const goal = this.#settled.size + load;
    for (const proxy of this.#proxies) {
      if (randomInt(2) === 0) proxy.cutAfter(randomInt(1, 20_000), 'reset');
    }
    if (kills) {
      await this.#cluster.until(() => this.#settled.size >= goal - load / 2);
      await this.#manager?.kill();
      await this.#startManager();
    }
    await this.#cluster.until(() => this.#settled.size >= goal);
  }

  /** Ends the writing, and checks what is there. */
  async check(): Promise<void> {
    const t = this.#t;
    this.#isWriting = false;
    await Promise.all(this.#writers);
    t.deepEqual(this.#rejected, []);
    await this.#stores[0]?.put('end', []);
    for (const store of this.#stores) await this.#shows(store);
    for (const store of this.#stores) {
      const marks = lanes.flatMap((lane) => store.get(lane) ?? []);
      const present = new Set(marks);
      t.is(present.size, marks.length, 'nothing is there twice');
      const missing = [...this.#settled].filter((id) => !present.has(id));
      t.deepEqual(missing, [], 'whatever has settled is there');
      const unexpected = marks.filter((id) => !this.#settled.has(id) && !this.#unknown.has(id));
      t.deepEqual(unexpected, []);
    }
  }

  async #shows(store: Store<string, string[]>): Promise<void> {
    while (!store.has('end')) await new Promise((resolve) => setImmediate(resolve));
  }

  async #startManager(): Promise<void> {
    this.#manager = await NodeProcess.start(this.#t, this.#cluster, 'manager', { stores: ['s'] });
  }

  async #join(name: string): Promise<void> {
    const { manager } = this.#cluster.layout;
    const proxy = await CutProxy.open(this.#t, manager?.port as number);
    this.#proxies.push(proxy);
    const layout = {
      ...this.#cluster.layout,
      manager: { nodeType: 'manager', ip: '127.0.0.1', port: proxy.port },
    } as const;
    const { node } = await this.#cluster.start(name, { layout });
    this.#stores.push(await node.createStore<string, string[]>('s', { persistent: true }).ready);
  }

  /** One mutation after the other. */
  async #write(store: Store<string, string[]>, lane: string): Promise<void> {
    for (let i = 0; this.#isWriting; i++) {
      const id = `${lane} ${i}`;
      try {
        await store.push(lane, id);
        if (!store.get(lane)?.includes(id)) this.#rejected.push(`${id} is not shown where it was asked for`);
        this.#settled.add(id);
      } catch (thrown) {
        if (thrown instanceof MusterError && thrown.code === 'MUSTER_STORE_OUTCOME_UNKNOWN') this.#unknown.add(id);
        else this.#rejected.push(String(thrown));
      }
      this.#cluster.changed();
    }
  }
}
