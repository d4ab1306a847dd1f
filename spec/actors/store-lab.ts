/**
 * Store lab: a master and its clones on a clock that moves by hand, and a network that does what a peering promises:
 * messages between the same two lifetimes arrive in order, each once, across any number of cuts.
 */
import { History } from '../../actors/control/history.js';
import { Clone } from '../../actors/stores/clone.js';
import { takeAtClone, takeAtMaster } from '../../actors/stores/dispatch.js';
import { Listeners } from '../../actors/stores/listeners.js';
import { Master } from '../../actors/stores/master.js';
import type { StoreMessageKind, StorePeer } from '../../actors/stores/messages.js';
import { Store } from '../../actors/stores/store.js';
import type { Diagnostics } from '../../logs/diagnostics.js';
import { noLimits, type StoreLimits } from '../../stores/draft.js';
import { MemoryBackend } from '../../stores/memory.js';
import { SimulatedDisk } from '../../testing/simulated-disk.js';
import { Tracer } from '../../trace/tracer.js';
import { decodeValue, encodeValue } from '../../transport/codec.js';
import { createFakeRuntime } from '../helpers/fake-runtime.js';

const maxEntrySize = 1_000_000;
const silent = { error() {}, warn() {}, info() {}, debug() {} } as unknown as Diagnostics;

export interface LabOptions {
  readonly clones: number;
  readonly isDurable: boolean;
  readonly staleInterval?: number;
  readonly mutationBufferInterval?: number;
  readonly limits?: StoreLimits;
}

/** Messages on their way, encoded. */
type Wire = Uint8Array[];

interface CloneSeat {
  readonly name: string;
  lives: number;
  clone: Clone;
  store: Store;
  isUp: boolean;
  toMaster: Wire;
  toClone: Wire;
}

export class StoreLab {
  readonly runtime = createFakeRuntime();
  disk = new SimulatedDisk();
  readonly seats: CloneSeat[] = [];
  /** Kinds of messages that clones have got. */
  readonly delivered = new Set<StoreMessageKind>();
  readonly #options: LabOptions;
  #masterLives = 0;
  isMasterAlive = false;
  master!: Master;
  masterStore!: Store;
  /** Most messages that wait for a clone before the master stops sending. */
  readonly #window = 4;

  constructor(options: LabOptions) {
    this.#options = options;
    this.startMaster();
    for (let i = 0; i < options.clones; i++) {
      const seat = { name: `clone-${i}`, lives: 0, isUp: false, toMaster: [], toClone: [] } as unknown as CloneSeat;
      this.seats.push(seat);
      this.startClone(seat);
    }
  }

  startMaster(): void {
    if (this.isMasterAlive) return;
    this.#masterLives += 1;
    this.isMasterAlive = true;
    const listeners = new Listeners('s', silent);
    this.master = new Master({
      name: 's',
      backend: this.#options.isDurable ? this.disk.open() : new MemoryBackend(),
      runtime: this.runtime,
      listeners,
      maxEntrySize,
      limits: this.#options.limits ?? noLimits,
      isClustered: true,
      compareInterval: 10_000,
      failed() {},
    });
    this.masterStore = new Store('s', this.master, listeners);
  }

  /** @param redelivers - Whether what was on its way to it goes to its next lifetime, as `onPeerRestart` can have it. */
  killMaster(redelivers: boolean): void {
    if (!this.isMasterAlive) return;
    for (const seat of this.seats) this.cut(seat);
    this.isMasterAlive = false;
    this.disk.crash();
    for (const seat of this.seats) {
      if (!redelivers) seat.toMaster = [];
      seat.toClone = [];
    }
  }

  startClone(seat: CloneSeat): void {
    seat.lives += 1;
    const listeners = new Listeners('s', silent);
    seat.clone = new Clone({
      name: 's',
      masterNode: 'manager',
      runtime: this.runtime,
      diagnostics: silent,
      tracer: new Tracer({ node: seat.name, id: '', runtime: this.runtime }),
      history: new History(this.runtime),
      listeners,
      resyncInterval: 1_000,
      staleInterval: this.#options.staleInterval ?? 1_000_000,
      mutationBufferInterval: this.#options.mutationBufferInterval ?? 1_000_000,
      ready() {},
      closed() {},
      stateChanged() {},
    });
    seat.store = new Store('s', seat.clone, listeners);
  }

  /** The clone's process dies, with what it has not sent. */
  killClone(seat: CloneSeat): void {
    this.cut(seat);
    void seat.clone.close();
    seat.toMaster = [];
    seat.toClone = [];
    this.startClone(seat);
  }

  connect(seat: CloneSeat): void {
    if (seat.isUp || !this.isMasterAlive) return;
    seat.isUp = true;
    const lives = this.#masterLives;
    seat.clone.masterUp(this.#peer('manager', `manager_${lives}`, () => seat.toMaster));
  }

  /** What is on its way waits for the next connection of the same two lifetimes. */
  cut(seat: CloneSeat): void {
    if (!seat.isUp) return;
    seat.isUp = false;
    seat.clone.masterDown();
    this.master.detach(seat.name);
  }

  /** Delivers up to `count` messages, one way. */
  deliver(seat: CloneSeat, way: 'toMaster' | 'toClone', count: number): void {
    for (let i = 0; i < count && seat.isUp; i++) {
      const bytes = seat[way].shift();
      if (bytes === undefined) return;
      const [kind, ...message] = decodeValue(bytes) as [StoreMessageKind, ...unknown[]];
      if (way === 'toClone') this.delivered.add(kind);
      if (way === 'toClone') takeAtClone(seat.clone, kind, message);
      else
        takeAtMaster(
          this.master,
          this.#peer(seat.name, `${seat.name}_${seat.lives}`, () => seat.toClone),
          kind,
          message,
        );
    }
    if (!seat.isUp) return;
    this.master.relieved();
    seat.clone.relieved();
  }

  /** Lets promises and what waits for the end of the turn go on. */
  async turn(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      this.runtime.flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Everything is well for long enough: all are connected, and nothing is on its way any more. */
  async settle(): Promise<void> {
    this.startMaster();
    for (const seat of this.seats) this.connect(seat);
    // Long enough for clones to ask again, for what has expired, and for a comparison.
    for (const ms of [0, 1_100, 1_100, 2_000, 11_000]) {
      this.runtime.advance(ms);
      await this.#drain();
    }
  }

  async #drain(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet++) {
      await this.turn();
      this.disk.write(100);
      for (const seat of this.seats) {
        if (seat.toMaster.length + seat.toClone.length > 0) quiet = 0;
        this.deliver(seat, 'toMaster', 100);
        this.deliver(seat, 'toClone', 100);
      }
    }
  }

  #peer(name: string, id: string, wire: () => Wire): StorePeer {
    const window = this.#window;
    return {
      name,
      id,
      get backlog() {
        return wire().length >= window ? Number.POSITIVE_INFINITY : 0;
      },
      send: (kind, ...message) => {
        wire().push(encodeValue([kind, ...message]));
      },
    };
  }
}
