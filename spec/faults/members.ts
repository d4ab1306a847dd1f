/**
 * Members: nodes that publish numbers to each other, in this process or in others.
 */
import type { ExecutionContext } from 'ava';
import type { ClusterNode } from '../../index.js';
import { Counting, type Counts } from '../helpers/counting.js';
import { type Fact, factsOf, type StartOptions, type TestCluster, type TestNode } from '../helpers/test-cluster.js';

export interface Member {
  readonly name: string;
  readonly id: string;
  readonly facts: readonly Fact[];
  readonly counting: Counts;
}

/** One in this process. */
export class LocalMember implements Member {
  readonly node: TestNode['node'];
  readonly facts: Fact[];
  readonly counting: Counting;

  private constructor({ node, facts }: TestNode, counting: Counting) {
    this.node = node;
    this.facts = facts;
    this.counting = counting;
  }

  /** Starts a node with flows to `peers`. */
  static async start(
    cluster: TestCluster,
    name: string,
    peers: readonly string[],
    given: StartOptions = {},
  ): Promise<LocalMember> {
    let counting: Counting | undefined;
    const setup = (node: ClusterNode) => {
      counting = new Counting(node);
      counting.begin(peers);
    };
    return new LocalMember(await cluster.start(name, { ...given, setup }), counting as unknown as Counting);
  }

  get name(): string {
    return this.node.name;
  }

  get id(): string {
    return this.node.id;
  }
}

/** How often `member` has raised an event about a lifetime. */
export function times({ facts }: Member, event: 'node_up' | 'node_down', id: string): number {
  return factsOf(facts as Fact[], event).filter((fact) => fact[2] === id).length;
}

/** Resolves once everyone has got a hundred numbers more of each of the others that publish to it. */
export async function flowing(members: readonly Member[]): Promise<void> {
  await Promise.all(
    members.map(async ({ counting }) => {
      const accounts = Object.entries(await counting.accounts).filter(([id]) => members.some((m) => m.id === id));
      await Promise.all(accounts.map(([id, { last }]) => counting.received(id, last + 100)));
    }),
  );
}

/** Ends all flows. Resolves once the last numbers have come. @returns what each has published to whom. */
export async function halt(members: readonly Member[]): Promise<Map<Member, Record<string, number>>> {
  const published = new Map<Member, Record<string, number>>();
  for (const member of members) published.set(member, await member.counting.halt());
  for (const [from, flows] of published) {
    for (const to of members) {
      const last = flows[to.name];
      if (last !== undefined) await to.counting.received(from.id, last);
    }
  }
  return published;
}

/** Ends all flows, and checks that everyone got all numbers, once and in order, and that nobody speaks of a loss. */
export async function checkNumbers(
  t: ExecutionContext,
  members: readonly Member[],
  isStranger: (id: string) => boolean = () => false,
): Promise<void> {
  const published = await halt(members);
  for (const to of members) {
    const accounts = await to.counting.accounts;
    for (const from of members) {
      const last = published.get(from)?.[to.name];
      if (last === undefined) continue;
      const what = `from ${from.name} to ${to.name}`;
      t.true(last > 0, what);
      t.deepEqual(accounts[from.id] as unknown, { sender: from.name, first: 1, last, wrong: [] }, what);
    }
    const lost = factsOf(to.facts as Fact[], 'events_lost').filter(([, , id]) => !isStranger(id as string));
    t.deepEqual(lost, [], to.name);
  }
}
