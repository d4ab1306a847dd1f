/**
 * Chaos: nodes leave and come back while connections are cut and frozen, several at once and at any moment.
 */
import { randomInt } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import type { NodeDefinition } from '../../index.js';
import { connectsTo, peersOf } from '../../layout/topology.js';
import type { Layout } from '../../layout/types.js';
import { CutProxy } from '../helpers/cut-proxy.js';
import { factsOf, TestCluster } from '../helpers/test-cluster.js';
import { LocalMember, times } from './members.js';

const names = ['logger-1', 'manager', 'proxy-1', 'worker-1', 'worker-2'];
/** Frozen connections are noticed soon, and events are kept for longer than any of it lasts. */
const options = { heartbeatInterval: 100, heartbeatTimeout: 400, probeTimeout: 200, leaveTimeout: 5_000 };

interface Gone {
  readonly member: LocalMember;
  /** Who was there when it left, and stayed. */
  readonly witnesses: readonly LocalMember[];
  readonly published: Readonly<Record<string, number>>;
  readonly unacknowledged: Readonly<Record<string, number>>;
}

class Chaos {
  readonly #t: ExecutionContext;
  readonly #cluster: TestCluster;
  readonly #layout: Layout;
  readonly #views = new Map<string, Record<string, NodeDefinition>>();
  readonly #proxies: CutProxy[] = [];
  readonly #alive = new Map<string, LocalMember>();
  readonly #gone: Gone[] = [];

  private constructor(t: ExecutionContext, cluster: TestCluster) {
    this.#t = t;
    this.#cluster = cluster;
    this.#layout = cluster.layout as Layout;
  }

  /** All nodes, each connection through a proxy of its own. */
  static async start(t: ExecutionContext): Promise<Chaos> {
    const chaos = new Chaos(t, await TestCluster.create(t, names, options));
    for (const name of names) {
      const view = { ...chaos.#cluster.layout };
      for (const peer of connectsTo(chaos.#layout, name)) {
        const node = view[peer] as NodeDefinition;
        const proxy = await CutProxy.open(t, node.port as number);
        chaos.#proxies.push(proxy);
        view[peer] = { ...node, port: proxy.port };
      }
      chaos.#views.set(name, view);
    }
    for (const name of names) await chaos.#join(name);
    await chaos.#settled();
    return chaos;
  }

  /** A few things at once. Resolves once everyone is connected with everyone again, and numbers flow. */
  async round(): Promise<void> {
    const victims = names.filter(() => randomInt(3) === 0);
    for (let count = randomInt(1, 5); count > 0; count--) this.#disturb();
    await Promise.all(victims.map((name) => this.#restart(name, victims)));
    for (const proxy of this.#proxies) proxy.heal();
    await this.#settled();
  }

  async end(): Promise<void> {
    const t = this.#t;
    for (const name of names) await this.#leave(name, [name]);
    for (const { member, witnesses, published, unacknowledged } of this.#gone) {
      for (const { id, sender, wrong } of accountsOf(member)) t.deepEqual(wrong, [], `from ${sender} (${id})`);
      for (const witness of witnesses) {
        const account = witness.counting.accounts[member.id];
        const last = published[witness.name];
        if (account === undefined || last === undefined) continue;
        const missing = last - account.last;
        t.true(missing <= (unacknowledged[witness.name] ?? 0), `${missing} from ${member.id} to ${witness.id}`);
      }
      for (const peer of peersOf(this.#layout, member.name)) {
        const changes = member.facts.filter(([kind, name]) => /^node_(up|down)$/.test(kind) && name === peer);
        changes.forEach(([kind, , id], i) => {
          t.is(kind, i % 2 === 0 ? 'node_up' : 'node_down');
          if (i % 2 === 1) t.is(id, changes[i - 1]?.[2]);
        });
      }
      const reasons = factsOf(member.facts, 'events_lost').map(([, , , , reason]) => reason as string);
      t.true(
        reasons.every((reason) => ['peer left', 'peer restarted'].includes(reason)),
        `${reasons}`,
      );
    }
  }

  #disturb(): void {
    const proxy = this.#proxies[randomInt(this.#proxies.length)] as CutProxy;
    switch (randomInt(4)) {
      case 0:
        proxy.cut();
        break;
      case 1:
        proxy.cutAfter(randomInt(1, 50_000), 'end');
        break;
      case 2:
        proxy.freeze('there', 'back');
        break;
      default:
        proxy.freeze(randomInt(2) === 0 ? 'there' : 'back');
    }
  }

  async #restart(name: string, victims: readonly string[]): Promise<void> {
    await this.#leave(name, victims);
    await this.#join(name);
  }

  async #join(name: string): Promise<void> {
    const layout = this.#views.get(name) as Record<string, NodeDefinition>;
    const member = await LocalMember.start(this.#cluster, name, peersOf(this.#layout, name), { layout });
    this.#alive.set(name, member);
  }

  async #leave(name: string, victims: readonly string[]): Promise<void> {
    const member = this.#alive.get(name);
    this.#alive.delete(name);
    if (member === undefined) return;
    const witnesses = [...this.#alive.values()].filter(({ name }) => !victims.includes(name));
    const { unacknowledged } = await member.node.leave();
    this.#gone.push({ member, witnesses, published: member.counting.halt(), unacknowledged });
  }

  async #settled(): Promise<void> {
    const alive = [...this.#alive.values()];
    const peers = alive.flatMap((one) =>
      alive.filter(({ name }) => peersOf(this.#layout, one.name).includes(name)).map((other) => [one, other] as const),
    );
    await this.#cluster.until(() =>
      peers.every(([one, other]) => times(one, 'node_up', other.id) > times(one, 'node_down', other.id)),
    );
    await Promise.all(
      peers.map(([one, { id }]) => one.counting.received(id, (one.counting.accounts[id]?.last ?? 0) + 10)),
    );
  }
}

function accountsOf({ counting }: LocalMember) {
  return Object.entries(counting.accounts).map(([id, account]) => ({ id, ...account }));
}

test('nodes that leave and come back through connections that break keep all promises', async (t) => {
  const chaos = await Chaos.start(t);
  for (let round = 0; round < 100; round++) await chaos.round();
  await chaos.end();
});
