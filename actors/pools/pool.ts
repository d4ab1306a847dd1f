/**
 * Pool: nodes of one type that share work. Which nodes belong to it follows from the layout; who of them is alive changes.
 * Picks one that is alive, for a key by rendezvous hashing, or each in turn.
 */
import type { PoolSpec } from '../../layout/pool-spec.js';
import { hashKey, hashString } from './key-hash.js';
import { Rendezvous } from './rendezvous.js';

/** A node of a pool. Follows `Cluster::PoolNode`. */
export interface PoolMember {
  readonly name: string;
  /** What {@link siteId} is the hash of: the name, `.` and a number. */
  readonly alias: string;
  /** Identifies it in the pool, at every node alike. 32 bits. */
  readonly siteId: number;
  /** The topic of the node. */
  readonly topic: string;
  /** Whether it is up, seen from here; this node itself always is. */
  readonly alive: boolean;
}

/** What users hold of a pool. Follows `Cluster::Pool`. */
export interface Pool {
  readonly spec: PoolSpec;
  /** All nodes of the pool in order, alive or not; none before the node connects. A new array when that changes. */
  readonly members: readonly PoolMember[];
  /** How many are alive. */
  readonly aliveCount: number;
}

/** The same, for the node that has it. */
export class WorkPool implements Pool {
  readonly spec: PoolSpec;
  /** Who registered it. */
  readonly owner: object;
  #members: readonly PoolMember[] = [];
  #aliveCount = 0;
  readonly #rendezvous = new Rendezvous<PoolMember>();
  /** By key: which member's turn is next. */
  readonly #turns = new Map<string, number>();

  constructor(spec: PoolSpec, owner: object) {
    this.spec = spec;
    this.owner = owner;
  }

  get members(): readonly PoolMember[] {
    return this.#members;
  }

  get aliveCount(): number {
    return this.#aliveCount;
  }

  /** Sets who belongs to it, in order. */
  fill(nodes: readonly Pick<PoolMember, 'name' | 'topic' | 'alive'>[]): void {
    const taken = new Set<number>();
    this.#change(
      nodes.map(({ name, topic, alive }) => Object.freeze({ name, ...freeSite(name, taken), topic, alive })),
    );
  }

  /** @returns whether that changes anything. */
  mark(name: string, alive: boolean): boolean {
    if (!this.#members.some((member) => member.name === name && member.alive !== alive)) return false;
    this.#change(this.#members.map((member) => (member.name === name ? Object.freeze({ ...member, alive }) : member)));
    return true;
  }

  /** Who has this key; undefined if nobody is alive. */
  pick(key: unknown): PoolMember | undefined {
    return this.#rendezvous.pick(hashKey(key));
  }

  /** Whose turn it is; undefined if nobody is alive. Turns of different keys are counted apart. */
  pickNext(key: string): PoolMember | undefined {
    const members = this.#members;
    if (this.#aliveCount === 0) return undefined;
    // Another layout may have made the pool smaller.
    let turn = (this.#turns.get(key) ?? 0) % members.length;
    for (;;) {
      const member = members[turn] as PoolMember;
      turn = turn + 1 === members.length ? 0 : turn + 1;
      if (!member.alive) continue;
      this.#turns.set(key, turn);
      return member;
    }
  }

  #change(members: readonly PoolMember[]): void {
    const alive = members.filter((member) => member.alive);
    this.#members = Object.freeze(members);
    this.#aliveCount = alive.length;
    this.#rendezvous.replace(alive);
  }
}

/** The first alias whose hash is no other's in this pool. */
function freeSite(name: string, taken: Set<number>): Pick<PoolMember, 'alias' | 'siteId'> {
  for (let n = 0; ; n++) {
    const alias = `${name}.${n}`;
    const siteId = hashString(alias) >>> 0;
    if (taken.has(siteId)) continue;
    taken.add(siteId);
    return { alias, siteId };
  }
}
