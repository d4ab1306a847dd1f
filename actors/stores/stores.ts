/**
 * Stores: all stores of one node. Finds out where the master of each belongs, makes the master or a clone, and brings each
 * message of a peer to the one that it is for.
 */
import { MusterError, messageOf } from '../../errors.js';
import { isValidName, nameRule } from '../../layout/names.js';
import type { BackendOptions, StoreBackend, StoreOptions } from '../../layout/options.js';
import { peersOf } from '../../layout/topology.js';
import type { Layout } from '../../layout/types.js';
import type { ClusterLog } from '../../logs/cluster-log.js';
import type { CloneState } from '../../machines/clone.js';
import type { Backend } from '../../stores/backend.js';
import { noLimits } from '../../stores/draft.js';
import type { EventBus } from '../event-bus.js';
import type { NodeCore, Peer } from '../node-core.js';
import type { Part } from '../part.js';
import type { Peering } from '../peering.js';
import type { Peerings } from '../peerings.js';
import type { Router } from '../router.js';
import { Clone } from './clone.js';
import { takeAtClone, takeAtMaster } from './dispatch.js';
import { Listeners } from './listeners.js';
import { Master } from './master.js';
import { maxEntrySizeFor, type StoreMessageKind, type StorePeer, storeEvent } from './messages.js';
import { OpeningMaster } from './opening.js';
import type { StoreReport } from './report.js';
import type { Side } from './side.js';
import { Store } from './store.js';
import type { StoreInfo } from './store-info.js';

/** Opens where a master's entries rest. */
export type OpenBackend = (store: {
  readonly name: string;
  readonly kind: StoreBackend;
  readonly options: BackendOptions;
}) => Backend | Promise<Backend>;

export interface StoresParts {
  readonly core: NodeCore;
  readonly bus: EventBus;
  readonly peerings: Peerings;
  readonly router: Router;
  readonly clusterLog: ClusterLog;
  readonly openBackend: OpenBackend;
}

type Settings = Omit<StoreInfo, 'name' | 'store' | 'masterNode' | 'master' | 'ready'>;

interface Kept {
  readonly info: StoreInfo;
  readonly side: OpeningMaster | Master | Clone;
}

export class Stores implements Part {
  readonly #parts: StoresParts;
  readonly #stores = new Map<string, Kept>();
  #isClosed = false;

  constructor(parts: StoresParts) {
    this.#parts = parts;
  }

  get infos(): StoreInfo[] {
    return [...this.#stores.values()].map(({ info }) => info);
  }

  get reports(): StoreReport[] {
    return [...this.#stores.values()].map(({ info, side }) => {
      const { name, masterNode, master, backend } = info;
      return { name, masterNode, master, backend, ...conditionOf(side), contents: side.contents ?? null };
    });
  }

  /** Mutations of a master that each of its clones has not been sent yet. */
  get lags(): { readonly store: string; readonly clone: string; readonly mutations: number }[] {
    return [...this.#stores].flatMap(([store, { side }]) => {
      const lags = side instanceof Clone ? [] : [...(masterOf(side)?.lags ?? [])];
      return lags.map(([clone, mutations]) => ({ store, clone, mutations }));
    });
  }

  /** Mutations of this node that wait for the master of each of its clones. */
  get unsettled(): { readonly store: string; readonly mutations: number }[] {
    return [...this.#stores].flatMap(([store, { side }]) =>
      side instanceof Clone ? [{ store, mutations: side.unsettled }] : [],
    );
  }

  /**
   * The master of a store, and what its users hold of it.
   * @throws {@link MusterError} `MUSTER_STORE_UNKNOWN` if it is not at this node, `MUSTER_STORE_NOT_READY`, or why it could not
   * be opened.
   */
  masterAt(name: string): { readonly master: Master; readonly store: Store } {
    const kept = this.#stores.get(name);
    if (kept === undefined || kept.side instanceof Clone) {
      throw new MusterError('MUSTER_STORE_UNKNOWN', `${this.#parts.core.name} has no master of store ${name}`);
    }
    const master = masterOf(kept.side);
    if (master !== undefined) return { master, store: kept.info.store };
    throw (
      (kept.side as OpeningMaster).error ??
      new MusterError('MUSTER_STORE_NOT_READY', `store ${name} is being opened: try again in a moment`)
    );
  }

  /** @throws {@link MusterError} `MUSTER_NAME_INVALID`, `MUSTER_STORE_NO_MASTER`, `MUSTER_STORE_UNREACHABLE`, `MUSTER_NODE_UNKNOWN`, `MUSTER_NODE_LEFT` */
  create(name: string, isPersistent: boolean): StoreInfo {
    const { core, clusterLog } = this.#parts;
    if (this.#isClosed)
      throw new MusterError('MUSTER_NODE_LEFT', `${core.name || 'this node'} has left: no store ${name}`);
    if (!isValidName(name)) {
      throw new MusterError('MUSTER_NAME_INVALID', `store ${JSON.stringify(name)}: a name of a store is ${nameRule}`);
    }
    const known = this.#stores.get(name);
    if (known !== undefined) {
      core.diagnostics.warn(`store ${name} was created before: the same one is given`);
      return known.info;
    }
    const preset: StoreOptions = core.options.stores[name] ?? {};
    const masterNode = this.#masterNodeOf(name, preset);
    const isMaster = masterNode === core.name;
    const settings = this.#settingsOf(preset, isPersistent);
    const kept = isMaster ? this.#createMaster(name, settings) : this.#createClone(name, masterNode, settings);
    this.#stores.set(name, kept);
    clusterLog.log(`created ${isMaster ? 'master' : 'clone'} store: ${name}`);
    return kept.info;
  }

  /** Why this node cannot keep its stores in another layout: a master does not move while its clones run. */
  whyNot(layout: Layout): string | undefined {
    const { core } = this.#parts;
    for (const { name, masterNode } of this.infos) {
      if (core.name === '') continue;
      try {
        const moved = this.#masterNodeOf(name, core.options.stores[name] ?? {}, layout);
        if (moved !== masterNode) return `store ${name}: its master would move from ${masterNode} to ${moved}`;
      } catch (error) {
        return messageOf(error);
      }
    }
    return undefined;
  }

  peerUp(peering: Peering): void {
    for (const { info, side } of this.#stores.values()) {
      if (side instanceof Clone && info.masterNode === peering.name) side.masterUp(this.#peerOf(info.name, peering));
    }
  }

  peerDown(peering: Peering): void {
    for (const { info, side } of this.#stores.values()) {
      if (!(side instanceof Clone)) masterOf(side)?.detach(peering.name);
      else if (info.masterNode === peering.name) side.masterDown();
    }
  }

  /** A peer takes more. */
  relieved(): void {
    for (const { side } of this.#stores.values()) {
      if (side instanceof Clone) side.relieved();
      else masterOf(side)?.relieved();
    }
  }

  /**
   * A message has come from a peer.
   * @throws {@link MusterError} `MUSTER_FRAME_INVALID` for what is none.
   */
  receive(from: Peer, args: readonly unknown[]): void {
    const [name, kind, ...message] = args as [string, StoreMessageKind, ...unknown[]];
    if (typeof name !== 'string' || !isValidName(name)) {
      throw new MusterError('MUSTER_FRAME_INVALID', 'a message about a store whose name is none');
    }
    const kept = this.#stores.get(name);
    const peering = this.#parts.peerings.get(from.name);
    if (peering === undefined) return;
    if (kept === undefined || kept.side instanceof Clone) {
      if (kind === 'attach') this.#refuse(name, peering, message[0] as number, 'it has no such master');
      else if (kept !== undefined && from.name === kept.info.masterNode) takeAtClone(kept.side as Clone, kind, message);
      return;
    }
    const master = masterOf(kept.side);
    if (master === undefined) {
      if (kind === 'attach') this.#refuse(name, peering, message[0] as number, 'it is not open');
      return;
    }
    takeAtMaster(master, this.#peerOf(name, peering), kind, message);
  }

  /** Resolves once all that was asked of any store is done, as far as it can be. */
  async settled(): Promise<void> {
    await Promise.all([...this.#stores.values()].map(({ side }) => side.settled()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closing = [...this.#stores.values()].map(async ({ info, side }) => {
      try {
        await side.close();
      } catch (thrown) {
        this.#parts.core.diagnostics.error(`store ${info.name} was not closed well: ${messageOf(thrown)}`);
      }
    });
    await Promise.all(closing);
  }

  #masterNodeOf(name: string, preset: StoreOptions, layout = this.#parts.core.layout): string {
    const { core } = this.#parts;
    if (core.name === '') return '';
    const wanted = preset.masterNode || core.options.defaultMasterNode;
    const managers = Object.entries(layout).filter(([, { nodeType }]) => nodeType === 'manager');
    const masterNode = wanted || managers[0]?.[0];
    if (masterNode === undefined) {
      const advice = 'Set masterNode in options.stores, or defaultMasterNode';
      throw new MusterError(
        'MUSTER_STORE_NO_MASTER',
        `store ${name}: the layout has no manager to keep it. ${advice}.`,
      );
    }
    if (!Object.hasOwn(layout, masterNode)) {
      const known = Object.keys(layout).join(', ');
      throw new MusterError(
        'MUSTER_NODE_UNKNOWN',
        `store ${name}: its master node ${masterNode} is not among ${known}`,
      );
    }
    if (masterNode !== core.name && !peersOf(layout, core.name).includes(masterNode)) {
      const missing = `${core.name} shares no peering with ${masterNode}, which has the master`;
      const advice = `Put the master on ${peersOf(layout, core.name).join(' or ') || 'this node'}, or change the layout`;
      throw new MusterError('MUSTER_STORE_UNREACHABLE', `store ${name}: ${missing}. ${advice}.`);
    }
    return masterNode;
  }

  #settingsOf(preset: StoreOptions, isPersistent: boolean): Settings {
    const { options } = this.#parts.core;
    const wanted = preset.backend ?? options.defaultBackend;
    return {
      backend: isPersistent && wanted === 'memory' ? options.defaultPersistentBackend : wanted,
      options: preset.options ?? {},
      maxEntries: preset.maxEntries ?? noLimits.maxEntries,
      maxBytes: preset.maxBytes ?? noLimits.maxBytes,
      cloneResyncInterval: preset.cloneResyncInterval ?? options.cloneResyncInterval,
      cloneStaleInterval: preset.cloneStaleInterval ?? options.cloneStaleInterval,
      cloneMutationBufferInterval: preset.cloneMutationBufferInterval ?? options.cloneMutationBufferInterval,
    };
  }

  #createMaster(name: string, settings: Settings): Kept {
    const { core, openBackend } = this.#parts;
    const listeners = new Listeners(name, core.diagnostics);
    const open = (backend: Backend) => {
      const master = new Master({
        name,
        backend,
        listeners,
        runtime: core.runtime,
        maxEntrySize: maxEntrySizeFor(core.options.maxEventSize),
        limits: settings,
        isClustered: core.name !== '',
        compareInterval: settings.cloneResyncInterval,
        failed: ({ message }) => core.diagnostics.error(`store ${name}: ${message}`),
      });
      this.#announce(name);
      return master;
    };
    const backend = openBackend({ name, kind: settings.backend, options: settings.options });
    const side: OpeningMaster | Master =
      backend instanceof Promise ? new OpeningMaster(name, backend.then(open)) : open(backend);
    const store = new Store(name, side, listeners);
    const ready = backend instanceof Promise ? backend.then(() => store) : Promise.resolve(store);
    ready.then(
      () => this.#tellState(name, 'live'),
      (thrown) => core.diagnostics.error(`store ${name} cannot be opened: ${messageOf(thrown)}`),
    );
    return { side, info: { name, store, masterNode: core.name, master: true, ...settings, ready } };
  }

  #createClone(name: string, masterNode: string, settings: Settings): Kept {
    const { core, peerings } = this.#parts;
    const listeners = new Listeners(name, core.diagnostics);
    let settle: { resolve(store: Store): void; reject(error: Error): void } = { resolve() {}, reject() {} };
    const ready = new Promise<Store>((resolve, reject) => {
      settle = { resolve, reject };
    });
    ready.catch(() => {}); // Nobody has to wait for it.
    const side = new Clone({
      name,
      masterNode,
      listeners,
      runtime: core.runtime,
      diagnostics: core.diagnostics,
      tracer: core.tracer,
      history: core.history,
      resyncInterval: settings.cloneResyncInterval,
      staleInterval: settings.cloneStaleInterval,
      mutationBufferInterval: settings.cloneMutationBufferInterval,
      ready: () => settle.resolve(store),
      closed: (error) => settle.reject(error),
      stateChanged: (state) => this.#tellState(name, state),
    });
    const store = new Store(name, side, listeners);
    const peering = peerings.get(masterNode);
    if (peering?.isUp) side.masterUp(this.#peerOf(name, peering));
    return { side, info: { name, store, masterNode, master: false, ...settings, ready } };
  }

  /** Those whose clones have waited for it may attach. */
  #announce(name: string): void {
    for (const peering of this.#parts.peerings) if (peering.isUp) this.#peerOf(name, peering).send('available');
  }

  #refuse(name: string, peering: Peering, session: number, reason: string): void {
    this.#peerOf(name, peering).send('refused', session, reason);
  }

  #tellState(name: string, state: CloneState): void {
    this.#parts.bus.raise('Muster::store_state', [name, state]);
  }

  #peerOf(store: string, peering: Peering): StorePeer {
    const { router } = this.#parts;
    return {
      name: peering.name,
      id: peering.id,
      get backlog() {
        return peering.session.channel?.outbox.backlog ?? 0;
      },
      send: (kind, ...message) => router.publishFramework('', storeEvent, [store, kind, ...message], peering),
    };
  }
}

function conditionOf(side: OpeningMaster | Master | Clone): Pick<StoreReport, 'state' | 'differences' | 'problem'> {
  if (side instanceof Clone) return { state: side.state, differences: side.differences, problem: null };
  const problem = side instanceof OpeningMaster ? side.error : undefined;
  if (problem !== undefined) return { state: 'failed', differences: 0, problem: problem.message };
  return { state: masterOf(side) === undefined ? 'opening' : 'live', differences: 0, problem: null };
}

function masterOf(side: Side): Master | undefined {
  return side instanceof OpeningMaster ? side.master : side instanceof Master ? side : undefined;
}
