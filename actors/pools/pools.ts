/**
 * Pools: those of one node: registered before it connects, filled when it does, kept up to date as peers come and go.
 * Publishes to the member that is picked; what is for this node itself is raised here.
 */
import { MusterError, messageOf } from '../../errors.js';
import { readPoolSpec } from '../../layout/pool-fields.js';
import type { PoolSpec } from '../../layout/pool-spec.js';
import type { Layout } from '../../layout/types.js';
import type { EventBus } from '../event-bus.js';
import type { NodeCore } from '../node-core.js';
import type { Part } from '../part.js';
import type { Peerings } from '../peerings.js';
import type { Router } from '../router.js';
import type { Subscriber } from '../subscriber.js';
import { assignNodes } from './assignment.js';
import { type Pool, type PoolMember, WorkPool } from './pool.js';

export interface PoolsParts {
  readonly core: NodeCore;
  readonly bus: EventBus;
  readonly peerings: Peerings;
  readonly router: Router;
  readonly subscriber: Subscriber;
}

/** A member that is alive and was not there, or was there and alive. */
export type PoolChange = readonly [topic: string, name: string, alive: boolean];

export class Pools implements Part {
  readonly proxyPool: Pool;
  readonly workerPool: Pool;
  readonly loggerPool: Pool;
  readonly #parts: PoolsParts;
  readonly #byTopic = new Map<string, WorkPool>();
  #isFilled = false;

  constructor(parts: PoolsParts) {
    this.#parts = parts;
    const { proxyPoolSpec, workerPoolSpec, loggerPoolSpec } = parts.core.options;
    this.proxyPool = this.register(proxyPoolSpec);
    this.workerPool = this.register(workerPoolSpec);
    this.loggerPool = this.register(loggerPoolSpec);
  }

  /** @throws {@link MusterError} `MUSTER_POOL_INVALID`, `MUSTER_POOL_TOO_LATE` */
  register(given: unknown): Pool {
    const spec = readPoolSpec(given);
    if (this.#isFilled) {
      throw new MusterError(
        'MUSTER_POOL_TOO_LATE',
        `the pool ${spec.topic} is registered after ${this.#parts.core.name || 'this node'} has begun to connect: ` +
          'register it in the bootstrap script',
      );
    }
    if (this.#byTopic.has(spec.topic)) {
      throw new MusterError('MUSTER_POOL_INVALID', `pool.topic: ${spec.topic} is that of another pool of this node`);
    }
    const pool = new WorkPool(spec, this);
    this.#byTopic.set(spec.topic, pool);
    return pool;
  }

  /**
   * Assigns the nodes of the layout to the pools, and subscribes to those of which this node is a member.
   * @throws {@link MusterError} `MUSTER_POOL_TOO_FEW_NODES`, `MUSTER_SUBSCRIPTION_LIMIT`
   */
  fill(): void {
    this.#isFilled = true;
    const { name: self, layout, subscriptions } = this.#parts.core;
    if (self === '') return;
    const assigned = this.#assign(layout);
    for (const pool of this.#byTopic.values()) {
      const names = assigned.get(pool.spec) ?? [];
      this.#refill(pool, names);
      if (names.includes(self)) subscriptions.add(pool.spec.topic);
    }
  }

  /** Why the nodes of another layout are not enough for them. */
  whyNot(layout: Layout): string | undefined {
    try {
      this.#assign(layout);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Assigns the nodes of another layout, once the peerings follow it. @returns what that changes */
  reassign(): PoolChange[] {
    const { core, subscriber } = this.#parts;
    if (!this.#isFilled) return [];
    const changes: PoolChange[] = [];
    const assigned = this.#assign(core.layout);
    for (const pool of this.#byTopic.values()) {
      const { topic } = pool.spec;
      const names = assigned.get(pool.spec) ?? [];
      const alive = aliveIn(pool);
      const wasMember = pool.members.some(({ name }) => name === core.name);
      this.#refill(pool, names);
      const aliveNow = aliveIn(pool);
      const isMember = names.includes(core.name);
      if (isMember && !wasMember) void subscriber.subscribe(topic);
      if (wasMember && !isMember) void subscriber.unsubscribe(topic);
      for (const name of alive) if (!aliveNow.has(name)) changes.push([topic, name, false]);
      for (const name of aliveNow) if (!alive.has(name)) changes.push([topic, name, true]);
    }
    return changes;
  }

  /** A peer has come up or gone down. @returns the topics of the pools that this changes. */
  mark(name: string, alive: boolean): string[] {
    const changed = [...this.#byTopic.values()].filter((pool) => pool.mark(name, alive));
    return changed.map(({ spec }) => spec.topic);
  }

  hrwTopic(pool: Pool, key: unknown): string {
    return this.#requireOwn(pool).pick(key)?.topic ?? '';
  }

  rrTopic(pool: Pool, key: string): string {
    return this.#requireOwn(pool).pickNext(key)?.topic ?? '';
  }

  publishHrw(pool: Pool, key: unknown, event: string, args: readonly unknown[]): boolean {
    return this.#publish(this.#requireOwn(pool).pick(key), event, args);
  }

  publishRr(pool: Pool, key: string, event: string, args: readonly unknown[]): boolean {
    return this.#publish(this.#requireOwn(pool).pickNext(key), event, args);
  }

  /**
   * Which nodes of a layout belong to the pools.
   * @throws {@link MusterError} `MUSTER_POOL_TOO_FEW_NODES`
   */
  #assign(layout: Layout): Map<PoolSpec, readonly string[]> {
    const specs = [...this.#byTopic.values()].map(({ spec }) => spec);
    return assignNodes(specs, layout, this.#parts.core.options.managerIsLogger);
  }

  #refill(pool: WorkPool, names: readonly string[]): void {
    const { core, peerings } = this.#parts;
    const { nodeTopicPrefix } = core.options;
    const isAlive = (name: string) => name === core.name || peerings.get(name)?.isUp === true;
    pool.fill(names.map((name) => ({ name, topic: `${nodeTopicPrefix}${name}/`, alive: isAlive(name) })));
  }

  #publish(to: PoolMember | undefined, event: string, args: readonly unknown[]): boolean {
    const { core, bus, router } = this.#parts;
    if (to === undefined) return false;
    if (to.name !== core.name) return router.publish(to.topic, event, args);
    bus.raise(event, args);
    return true;
  }

  /** A pool of another node knows who is alive there. */
  #requireOwn(pool: Pool): WorkPool {
    if (pool instanceof WorkPool && pool.owner === this) return pool;
    throw new TypeError(
      `this is no pool of ${this.#parts.core.name || 'this node'}: take what its registerPool() gave`,
    );
  }
}

function aliveIn({ members }: Pool): Set<string> {
  return new Set(members.filter(({ alive }) => alive).map(({ name }) => name));
}
