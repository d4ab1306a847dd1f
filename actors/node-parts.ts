/**
 * Node parts: puts a node together from its parts and starts it. How it leaves, and how it follows another layout, is in
 * parts of their own.
 * Knows no environment: layout, options, runtime and transport are handed in, so that it runs in a simulator as well.
 */
import { MusterError } from '../errors.js';
import type { ClusterLog } from '../logs/cluster-log.js';
import { decidesNames } from './admission.js';
import { Control } from './control/control.js';
import { Delivery } from './delivery.js';
import { EventBus } from './event-bus.js';
import { LayoutFollower } from './follow-layout.js';
import { type LeaveReport, Leaving } from './leaving.js';
import { createClusterLog } from './logging/cluster-log.js';
import { LogStreams } from './logging/log-streams.js';
import { type Loss, type Losses, lossesOfEvents } from './losses.js';
import { Membership } from './membership.js';
import { createCore, type OwnCore } from './node-core.js';
import type { Attachment, NodeSetup } from './node-setup.js';
import { describeNode } from './node-trace.js';
import { type Part, PartList } from './part.js';
import type { Peering, PeeringListener } from './peering.js';
import { Peerings } from './peerings.js';
import { Pools } from './pools/pools.js';
import { Room } from './room.js';
import { Router } from './router.js';
import { Stores } from './stores/stores.js';
import { Subscriber } from './subscriber.js';

export class NodeParts {
  readonly core: OwnCore;
  readonly bus: EventBus;
  readonly delivery: Delivery;
  readonly peerings: Peerings;
  readonly room: Room;
  readonly router: Router;
  readonly subscriber: Subscriber;
  readonly pools: Pools;
  readonly logs: LogStreams;
  readonly clusterLog: ClusterLog;
  readonly membership: Membership;
  readonly stores: Stores;
  readonly control: Control;
  readonly leaving: Leaving;
  readonly follower: LayoutFollower;
  readonly #setup: NodeSetup;
  readonly #losses: Losses<Loss>;
  readonly #list: PartList;
  #attachment: Attachment | undefined;

  constructor(setup: NodeSetup) {
    this.#setup = setup;
    this.core = createCore(setup);
    this.bus = new EventBus(this.core);
    this.#losses = lossesOfEvents(this.core, this.bus);
    this.delivery = new Delivery(this);
    this.peerings = new Peerings(this.core, this.#listener());
    const description = describeNode(this.core, this.peerings);
    this.room = new Room(this.core, this.peerings);
    this.router = new Router(this.core, this.peerings, this.room);
    this.subscriber = new Subscriber(this.core, this.peerings);
    this.pools = new Pools(this);
    this.logs = new LogStreams({ ...this, files: setup.files });
    this.clusterLog = createClusterLog(this.core, this.logs, setup.clusterLogged);
    this.membership = new Membership(this);
    this.stores = new Stores({ ...this, openBackend: setup.openBackend });
    this.control = new Control(this, setup.host);
    this.#list = new PartList(this.#inOrder(description));
    this.leaving = new Leaving(this, this.#list);
    this.follower = new LayoutFollower(this, this.#list, setup.prepare);
  }

  get isLeaving(): boolean {
    return this.leaving.hasBegun;
  }

  /**
   * Listens and starts the peerings; does nothing if the bootstrap script has made the node leave.
   * @throws {@link MusterError} `MUSTER_POOL_TOO_FEW_NODES`, `MUSTER_PORT_TAKEN` or `MUSTER_LISTEN_FAILED`; then
   * everything is closed.
   */
  async start(): Promise<void> {
    const { core, clusterLog } = this;
    if (this.isLeaving) return;
    void this.logs.start();
    try {
      this.pools.fill();
      await this.peerings.listen();
    } catch (error) {
      await this.leave();
      throw error;
    }
    if (this.isLeaving) return;
    const { address } = this.peerings;
    if (address !== undefined) clusterLog.log(`listening on ${show(address)}`);
    for (const { isInitiator, name } of this.peerings) {
      const peer = core.layout[name];
      if (!isInitiator || peer === undefined) continue;
      const where = show({ ip: peer.ip, port: peer.port ?? 0 });
      clusterLog.log(`initiate peering with ${where}, retry=${core.options.retryInterval / 1_000} secs`);
    }
    this.membership.listening();
    this.peerings.start();
    this.#attachment = await this.#setup.attach?.(this);
    if (this.isLeaving) await this.#attachment?.close();
  }

  async reloadKeys(): Promise<void> {
    await this.#setup.reloadKeys?.();
  }

  leave(because?: MusterError): Promise<LeaveReport> {
    return this.leaving.begin(because);
  }

  /**
   * The order in which parts are told of what begins; of what ends, they are told in the reverse one:
   * - Another layout: peerings first, since the others look at who is a peer. The description is of what has come of it all.
   * - A peer: membership before stores and logs, so that what its handlers do and log when a node is up leaves with the rest.
   * - The end: whoever may still raise events or write to the cluster log before the logs, and what is asked about the node
   *   after what has something to tell. The trace outlives all.
   */
  #inOrder(description: Part): Part[] {
    const { trace } = this.#setup;
    return [
      ...(trace === undefined ? [] : [{ close: () => trace.close() }]),
      this.peerings,
      this.pools,
      this.room,
      this.membership,
      this.control,
      { close: () => this.#attachment?.close() },
      this.stores,
      this.logs,
      this.core.warnings,
      this.#losses,
      this.subscriber,
      description,
    ];
  }

  #listener(): PeeringListener {
    return {
      deliver: this.delivery.take,
      peerUp: (peering, id) => this.#list.peerUp(peering, id),
      peerDown: (peering, id) => this.#list.peerDown(peering, id),
      relieved: () => this.#list.relieved(),
      routesChanged: () => this.router.invalidate(),
      sawStart: (peering) => this.membership.sawStart(peering),
      lost: ({ name, id }, count, reason) => this.#losses.note({ name, id, count, reason }),
      nameTaken: (peering, reason) => this.#nameTaken(peering, reason),
    };
  }

  #nameTaken(peering: Peering, reason: string): void {
    if (!decidesNames(peering, this.peerings)) return;
    const advice = 'Stop one of the two.';
    this.leaving.fail(new MusterError('MUSTER_NAME_TAKEN', `${peering.name} refuses this node: ${reason}. ${advice}`));
  }
}

function show({ ip, port }: { ip: string; port: number }): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
}
