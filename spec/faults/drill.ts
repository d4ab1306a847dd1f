/**
 * Drill: a cluster of processes, each of which publishes numbers to all its peers, while some are killed and started
 * again. At the end, everything that any of them told is compared with what happened.
 */
import type { ExecutionContext } from 'ava';
import type { Layout, OptionsInput } from '../../index.js';
import { peersOf } from '../../layout/topology.js';
import { NodeProcess, type Report } from '../helpers/node-process.js';
import { type Fact, factsOf, TestCluster } from '../helpers/test-cluster.js';

/** A kill has to be seen within so many ms. */
const timeToNotice = 5_000;
/** So many numbers flow before the next one is killed. */
const load = 1_000;

/** One life of a node. Steps are numbered: 0 is the start of the cluster, and each kill is one. */
interface Lifetime {
  readonly node: NodeProcess;
  readonly born: number;
  died: number;
}

export class Drill {
  readonly #t: ExecutionContext;
  readonly #cluster: TestCluster;
  readonly #options: OptionsInput;
  readonly #lifetimes: Lifetime[] = [];
  #step = 0;

  private constructor(t: ExecutionContext, cluster: TestCluster, options: OptionsInput) {
    this.#t = t;
    this.#cluster = cluster;
    this.#options = options;
  }

  static async start(t: ExecutionContext, names: readonly string[], options: OptionsInput = {}): Promise<Drill> {
    const drill = new Drill(t, await TestCluster.create(t, names), options);
    await drill.#startAll(names);
    return drill;
  }

  /** Kills these nodes in one go, starts them again, and waits until all are connected and numbers flow. */
  async killAndRestart(...names: readonly string[]): Promise<void> {
    const before = performance.now();
    const victims = names.map((name) => this.#alive(name));
    this.#step += 1;
    for (const victim of victims) victim.died = this.#step;
    await Promise.all(victims.map(({ node }) => node.kill()));
    for (const { node } of victims) {
      for (const witness of this.#alivePeers(node.name)) {
        await this.#cluster.until(() => downOf(witness.node, node.id) !== undefined);
        const took = (downOf(witness.node, node.id) as Report).at - before;
        this.#t.true(took < timeToNotice, `${witness.node.name} sees ${node.name} down after ${took} ms`);
      }
    }
    await this.#startAll(names);
  }

  /** Ends all flows and all nodes, and checks what each lifetime has told. */
  async check(): Promise<void> {
    const alive = this.#lifetimes.filter(isAlive);
    const published = new Map<string, Record<string, number>>();
    for (const { node } of alive) published.set(node.id, await node.do('halt'));
    for (const { node } of alive) {
      for (const { node: peer } of this.#alivePeers(node.name)) {
        await node.do('received', peer.id, published.get(peer.id)?.[node.name] ?? 0);
      }
    }
    for (const lifetime of alive) await this.#checkNumbers(lifetime);
    for (const lifetime of this.#lifetimes) this.#checkFacts(lifetime);
    await Promise.all(alive.map(({ node }) => node.do('leave')));
    for (const { node } of alive) this.#t.deepEqual(await node.exited, { code: 0, signal: null }, node.name);
    for (const { node } of this.#lifetimes) this.#t.notRegex(node.stderr, /ERROR|protocol|Error:/, node.name);
  }

  async #startAll(names: readonly string[]): Promise<void> {
    const started = await Promise.all(
      names.map(async (name) => {
        const node = await NodeProcess.start(this.#t, this.#cluster, name, {
          options: this.#options,
          flows: this.#peersOf(name),
        });
        const lifetime: Lifetime = { node, born: this.#step, died: Number.POSITIVE_INFINITY };
        this.#lifetimes.push(lifetime);
        return lifetime;
      }),
    );
    for (const { node } of started) {
      for (const { node: peer } of this.#alivePeers(node.name)) {
        await peer.do('received', node.id, load);
        await node.do('received', peer.id, 1);
      }
      await this.#cluster.until(() => node.ready !== undefined);
    }
    await this.#cluster.until(() =>
      this.#lifetimes.filter(isAlive).every(({ node }) => missing(node.facts).length === 0),
    );
  }

  #peersOf(name: string): string[] {
    return peersOf(this.#cluster.layout as Layout, name);
  }

  #alive(name: string): Lifetime {
    return this.#lifetimes.find((lifetime) => isAlive(lifetime) && lifetime.node.name === name) as Lifetime;
  }

  #alivePeers(name: string): Lifetime[] {
    const peers = this.#peersOf(name);
    return this.#lifetimes.filter((lifetime) => isAlive(lifetime) && peers.includes(lifetime.node.name));
  }

  /** The lifetimes of a peer that a lifetime was connected with, oldest first. */
  #met({ born, died }: Lifetime, peer: string): Lifetime[] {
    return this.#lifetimes.filter((other) => other.node.name === peer && other.born < died && born < other.died);
  }

  async #checkNumbers(receiver: Lifetime): Promise<void> {
    const t = this.#t;
    const accounts = await receiver.node.do('accounts');
    const senders = this.#peersOf(receiver.node.name).flatMap((peer) => this.#met(receiver, peer));
    t.deepEqual(Object.keys(accounts).sort(), senders.map(({ node }) => node.id).sort(), receiver.node.name);
    for (const { node, born } of senders) {
      const account = accounts[node.id];
      t.deepEqual(account?.wrong, [], `from ${node.name} to ${receiver.node.name}`);
      t.is(account?.sender, node.name);
      if (born >= receiver.born) t.is(account?.first, 1, `from ${node.name} to ${receiver.node.name}`);
    }
  }

  #checkFacts(lifetime: Lifetime): void {
    const t = this.#t;
    const { node, born, died } = lifetime;
    const facts = node.facts;
    const whose = `${node.name}, lifetime of steps ${born} to ${died}`;
    for (const peer of this.#peersOf(node.name)) {
      const met = this.#met(lifetime, peer);
      const changes = facts.filter(([kind, name]) => ['hello', 'node_up', 'node_down'].includes(kind) && name === peer);
      const expected = met.flatMap(({ node: { id }, died: end }) => [
        ['hello', peer, id],
        ['node_up', peer, id],
        ...(end < died ? [['node_down', peer, id]] : []),
      ]);
      // Of nodes that are killed together, one may see the other go.
      const seen = died === met.at(-1)?.died ? changes.slice(0, expected.length) : changes;
      t.deepEqual(seen as unknown[], expected, whose);
    }
    this.#checkCounts(node, whose);
    t.is(factsOf(facts, 'cluster_started').length, born === 0 ? 1 : 0, whose);
    this.#checkReports(lifetime, whose);
    const health = facts.map(([kind]) => kind).filter((kind) => kind === 'degraded' || kind === 'recovered');
    t.true(
      health.every((kind, i) => kind === (i % 2 === 0 ? 'degraded' : 'recovered')),
      `${whose}: ${health}`,
    );
    if (isAlive(lifetime)) t.is(health.length % 2, 0, whose);
    const reasons = factsOf(facts, 'events_lost').map(([, , , , reason]) => reason);
    t.deepEqual(
      reasons.filter((reason) => reason !== 'peer restarted'),
      [],
      whose,
    );
  }

  /** `getActiveNodeCount` at each change is what the changes add up to. */
  #checkCounts({ reports }: NodeProcess, whose: string): void {
    const up = new Set<string>();
    for (const { fact, active } of reports) {
      const [kind, name] = fact as [string, string];
      if (kind === 'hello') continue; // told just before the change
      if (kind === 'node_up') up.add(name);
      if (kind === 'node_down') up.delete(name);
      const counts = { logger: 0, manager: 0, proxy: 0, worker: 0 };
      for (const peer of up) counts[this.#cluster.layout[peer]?.nodeType as keyof typeof counts] += 1;
      this.#t.deepEqual(active, counts, `${whose}, at ${fact}`);
    }
  }

  /** Every lifetime tells once that it is connected, and again, resending, to each manager that comes later. */
  #checkReports(lifetime: Lifetime, whose: string): void {
    const { node } = lifetime;
    const connected = factsOf(node.facts, 'node_fully_connected').map(([, ...args]) => args);
    const own = [node.name, node.id, false];
    if (node.name !== 'manager') {
      this.#t.deepEqual(connected, [own], whose);
      return;
    }
    const reports = this.#peersOf('manager').flatMap((peer) =>
      this.#met(lifetime, peer).map((other) => [peer, other.node.id, other.born < lifetime.born]),
    );
    const order = (a: unknown[], b: unknown[]) => String(a).localeCompare(String(b));
    this.#t.deepEqual(connected.sort(order), [own, ...reports].sort(order), whose);
  }
}

function isAlive({ died }: Lifetime): boolean {
  return died === Number.POSITIVE_INFINITY;
}

function downOf(witness: NodeProcess, id: string): Report | undefined {
  return witness.reports.find(({ fact }) => fact[0] === 'node_down' && fact[2] === id);
}

/** Names of the peers that a node misses by its own account. */
function missing(facts: readonly Fact[]): string[] {
  const health = facts.filter(([kind]) => kind === 'degraded' || kind === 'recovered').at(-1);
  return health?.[0] === 'degraded' ? (health[1] as string[]) : [];
}
