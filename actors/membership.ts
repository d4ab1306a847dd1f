/**
 * Membership: runs the chart of the node and, at a manager, that of the cluster's start.
 * Tells the machines who is up, and turns what they decide into the documented events and lines of the cluster log.
 */
import { type Actor, type AnyActorRef, createActor } from 'xstate';
import { type MusterError, messageOf } from '../errors.js';
import type { ClusterLog } from '../logs/cluster-log.js';
import { clusterStartMachine } from '../machines/cluster-start.js';
import { type NodeInput, nodeMachine } from '../machines/node.js';
import { recordChart } from './chart-recorder.js';
import type { EventBus } from './event-bus.js';
import type { FrameworkEvents } from './events.js';
import type { NodeCore, Peer } from './node-core.js';
import type { Part } from './part.js';
import type { Peerings } from './peerings.js';
import type { Pools } from './pools/pools.js';
import type { Router } from './router.js';

const fullyConnected = 'Cluster::Experimental::node_fully_connected';
const clusterStarted = 'Cluster::Experimental::cluster_started';

export type NodeState = 'starting' | 'connecting' | 'ready' | 'degraded' | 'leaving' | 'left';

export interface MembershipParts {
  readonly core: NodeCore;
  readonly bus: EventBus;
  readonly peerings: Peerings;
  readonly router: Router;
  readonly pools: Pools;
  readonly clusterLog: ClusterLog;
}

export class Membership implements Part {
  /** Resolves when the node is fully connected for the first time; rejected if it leaves before. */
  readonly ready: Promise<void>;
  readonly #parts: MembershipParts;
  readonly #node: Actor<typeof nodeMachine>;
  readonly #start: Actor<typeof clusterStartMachine> | undefined;
  #settleReady: { resolve(): void; reject(error: MusterError): void } = { resolve() {}, reject() {} };

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => {}); // Nobody has to wait for it.
    const { core } = parts;
    this.#node = createActor(nodeMachine, { clock: core.runtime, input: this.#whoCounts() });
    this.#watch(this.#node, 'node');
    this.#node.on('fully.connected', () => this.#fullyConnected());
    this.#node.on('report', ({ manager, resending }) => this.#report(manager, resending));
    this.#node.on('degraded', ({ missing }) => parts.bus.raise('Muster::degraded', [[...missing]]));
    this.#node.on('recovered', () => parts.bus.raise('Muster::recovered', []));
    if (core.nodeType === 'manager') this.#start = this.#createStart();
    this.#node.start();
    this.#start?.start();
  }

  get state(): NodeState {
    return this.#node.getSnapshot().value;
  }

  /** Names of the peers without which the node is not ready; empty in other states than `connecting` and `degraded`. */
  get missing(): readonly string[] {
    const { value, context } = this.#node.getSnapshot();
    const awaited = value === 'connecting' ? context.outgoing : value === 'degraded' ? context.expected : [];
    return awaited.filter((name) => !context.up.includes(name));
  }

  listening(): void {
    this.#node.send({ type: 'node.listening' });
  }

  leaving(): void {
    this.#node.send({ type: 'local.leaving' });
  }

  close(): void {
    this.#node.send({ type: 'node.drained' });
  }

  /** If it is not ready yet, it never will be. */
  failed(error: MusterError): void {
    this.#settleReady.reject(error);
  }

  /** Follows once the peerings do. */
  follow(): void {
    const { bus, pools } = this.#parts;
    const changed = pools.reassign();
    this.#node.send({ type: 'layout.changed', ...this.#whoCounts() });
    if (this.#start?.getSnapshot().status === 'active')
      this.#start.send({ type: 'layout.changed', awaited: this.#awaited() });
    for (const change of changed) bus.raise('Muster::pool_changed', [...change]);
  }

  /** A node that leaves tells of nobody any more: neither who still comes, nor who is gone. */
  peerUp({ name }: Peer, id: string): void {
    if (this.state === 'leaving') return;
    const { bus, clusterLog, pools } = this.#parts;
    clusterLog.log(`got hello from ${name} (${id})`);
    const changed = pools.mark(name, true); // First, as in Zeek: handlers find them as they are now.
    bus.raise('Cluster::hello', [name, id]);
    bus.raise('Cluster::node_up', [name, id]);
    for (const topic of changed) bus.raise('Muster::pool_changed', [topic, name, true]);
    this.#node.send({ type: 'peer.up', name });
  }

  peerDown({ name }: Peer, id: string): void {
    if (this.state === 'leaving') return;
    const { bus, clusterLog, pools } = this.#parts;
    clusterLog.log(`node down: ${name}`);
    const changed = pools.mark(name, false);
    bus.raise('Cluster::node_down', [name, id]);
    for (const topic of changed) bus.raise('Muster::pool_changed', [topic, name, false]);
    this.#node.send({ type: 'peer.down', name });
  }

  /** A peer's hello says that the cluster has started before: then it is this node that is new. */
  sawStart(peer: Peer): void {
    if (peer.nodeType === 'control') return;
    this.#parts.core.clusterStarted = true;
    if (this.#start?.getSnapshot().status === 'active') this.#start.send({ type: 'start.seen' });
  }

  /** Whether `peering` may publish an event of the framework; only a node itself raises the others. */
  mayPublish({ name, nodeType }: Peer, event: keyof FrameworkEvents, args: readonly unknown[]): boolean {
    if (event === clusterStarted) return nodeType === 'manager';
    return event === fullyConnected && args[0] === name && args[1] === this.#parts.peerings.get(name)?.id;
  }

  /** An event of the framework has come from a peer, and its handlers have run. */
  noteDelivered({ name }: Peer, event: keyof FrameworkEvents): void {
    if (event === clusterStarted) this.#parts.core.clusterStarted = true;
    else this.#reported(name);
  }

  /** Control nodes do not. */
  #whoCounts(): NodeInput {
    const { core, peerings } = this.#parts;
    const counted = peerings.planned.filter(({ nodeType }) => nodeType !== 'control');
    const manager = core.layout[core.name]?.manager;
    const managers = counted.filter(({ nodeType, name }) => nodeType === 'manager' && (manager ?? name) === name);
    return {
      outgoing: counted.filter(({ address }) => address !== undefined).map(({ name }) => name),
      expected: counted.map(({ name }) => name),
      managers: managers.map(({ name }) => name),
    };
  }

  #awaited(): string[] {
    return [this.#parts.core.name, ...this.#whoCounts().expected];
  }

  #createStart(): Actor<typeof clusterStartMachine> {
    const { core } = this.#parts;
    const start = createActor(clusterStartMachine, { clock: core.runtime, input: { awaited: this.#awaited() } });
    this.#watch(start, 'clusterStart');
    start.on('cluster.started', () => this.#clusterStarted());
    return start;
  }

  #watch(actor: AnyActorRef, name: 'node' | 'clusterStart'): void {
    const { diagnostics, tracer, history, runtime } = this.#parts.core;
    recordChart(tracer, actor, { name, machine: name, runtime });
    history.watch(actor, name);
    actor.subscribe({ error: (error) => diagnostics.error(`a chart of this node broke: ${messageOf(error)}`) });
  }

  #reported(name: string): void {
    if (this.#start?.getSnapshot().status === 'active') this.#start.send({ type: 'node.reported', name });
  }

  #fullyConnected(): void {
    const { core, bus, clusterLog } = this.#parts;
    if (core.name !== '') {
      clusterLog.log('fully connected');
      bus.raise(fullyConnected, [core.name, core.id, false]);
      this.#reported(core.name);
    }
    this.#settleReady.resolve();
  }

  #report(manager: string, resending: boolean): void {
    const { core, peerings, router } = this.#parts;
    const { managerTopic } = core.options;
    router.publishFramework(managerTopic, fullyConnected, [core.name, core.id, resending], peerings.get(manager));
  }

  #clusterStarted(): void {
    const { core, bus, router, clusterLog } = this.#parts;
    clusterLog.log('cluster connected');
    router.publishFramework(core.options.clusterStartedTopic, clusterStarted, []);
    core.clusterStarted = true;
    bus.raise(clusterStarted, []);
  }
}
