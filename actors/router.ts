/**
 * Router: from `publish` to the outboxes of the peers that subscribe.
 * The hot path of a node: an event is encoded once and copied into one frame per peer; who gets a topic is remembered
 * until subscriptions or peers change. Frames leave at the end of the turn.
 */
import { MusterError } from '../errors.js';
import type { Outbox } from '../transport/channel/outbox.js';
import { encodeEvent } from '../transport/codec.js';
import type { NodeCore } from './node-core.js';
import type { Peering } from './peering.js';
import type { Peerings } from './peerings.js';

/** From so full a buffer on, `publish` asks to wait; room is told once it is below the second. */
const highWater = 0.5;
const lowWater = 0.25;
/**
 * And from so many bytes on that wait for a peer's credit: a longer queue makes nothing faster. While it is filled the
 * peer has nothing to do, and by the time it is sent it has left the caches.
 */
const highBacklog = 512 * 1024;
const lowBacklog = 256 * 1024;
/** Topics whose peers are remembered. */
const maxRoutes = 10_000;

export class Router {
  readonly #core: NodeCore;
  readonly #peerings: Peerings;
  readonly #routes = new Map<string, readonly Peering[]>();
  readonly #waiting: (() => void)[] = [];
  readonly #unroutableTold = new Set<string>();
  #flushScheduled = false;
  /** Up to here an outbox takes any event without coming near its bounds. */
  readonly #ampleRoom: number;

  constructor(core: NodeCore, peerings: Peerings) {
    const { maxEventSize, maxBufferedBytes } = core.options;
    this.#ampleRoom = Math.min(highWater, 1 - maxEventSize / maxBufferedBytes);
    this.#core = core;
    this.#peerings = peerings;
  }

  /** Forgets who gets what: a peer or its subscriptions have changed. */
  invalidate(): void {
    this.#routes.clear();
  }

  /**
   * @returns `false` if a peer that is up has little room left: wait for {@link drained}.
   * @throws {@link MusterError} `MUSTER_BUFFER_FULL`, `MUSTER_EVENT_TOO_LARGE`; then no peer gets it.
   * @throws TypeError for an argument that cannot be sent, naming its path.
   */
  publish(topic: string, name: string, args: readonly unknown[]): boolean {
    const peers = this.#routes.get(topic) ?? this.#route(topic);
    const outbox = peers.length === 1 ? peers[0]?.session.channel?.outbox : undefined;
    if (outbox === undefined || outbox.fill() > this.#ampleRoom || outbox.backlog > highBacklog)
      return this.#publishToAll(peers, topic, name, args);
    const { maxEventSize } = this.#core.options;
    const size = outbox.encode(topic, name, args, maxEventSize);
    if (size > maxEventSize) throw tooLarge(name, topic, size, maxEventSize);
    this.#scheduleFlush();
    return true;
  }

  /** Sends an event of the framework itself, to one peer or to all that subscribe; no bound holds it back. */
  publishFramework(topic: string, name: string, args: readonly unknown[], only?: Peering): void {
    const event = encodeEvent(topic, name, args);
    for (const peer of only === undefined ? this.#route(topic) : [only])
      peer.session.channel?.outbox.append(event, true);
    this.#scheduleFlush();
  }

  /** Resolves once all peers that are up have room. */
  drained(): Promise<void> {
    if (this.#hasRoom()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** A peer has acknowledged something, or is gone. */
  relieved(): void {
    if (this.#waiting.length === 0 || !this.#hasRoom()) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  flush(): void {
    for (const peer of this.#peerings) peer.session.channel?.outbox.flush();
  }

  #publishToAll(peers: readonly Peering[], topic: string, name: string, args: readonly unknown[]): boolean {
    const event = encodeEvent(topic, name, args);
    const size = event.length;
    if (size > this.#core.options.maxEventSize) throw tooLarge(name, topic, size, this.#core.options.maxEventSize);
    if (peers.length === 0) {
      this.#countUnroutable(topic);
      return true;
    }
    for (const peer of peers) if (blocks(peer, size, 1)) throw bufferFull(peer.name);
    let hasRoom = true;
    let overflowed: Peering[] | undefined;
    for (const peer of peers) {
      const outbox = peer.session.channel?.outbox;
      if (outbox === undefined) continue;
      if (outbox.fill(size) > 1) {
        if (peer.isUp && peer.overflow === 'disconnect') {
          overflowed = [...(overflowed ?? []), peer];
          continue;
        }
        if (!this.#makeRoom(peer, outbox, size)) continue;
      }
      if (blocks(peer, size, highWater, highBacklog)) hasRoom = false;
      outbox.append(event);
    }
    // Only now: this runs handlers, which may publish, and `event` is a view of the encoder's memory.
    for (const peer of overflowed ?? []) peer.disconnect();
    this.#scheduleFlush();
    return hasRoom;
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#core.runtime.endOfTurn(() => {
      this.#flushScheduled = false;
      this.flush();
    });
  }

  /** Does what the peer's policy says, for one event; of a peer that is down the newest events are lost. */
  #makeRoom(peer: Peering, outbox: Outbox, size: number): boolean {
    while (peer.isUp && peer.overflow === 'dropOldest' && outbox.fill(size) > 1) {
      const lost = outbox.dropOldest('buffer full');
      if (lost === 0) break;
      peer.session.lose(lost, 'buffer full');
    }
    if (outbox.fill(size) <= 1) return true;
    outbox.skip('buffer full');
    peer.session.lose(1, 'buffer full');
    return false;
  }

  #hasRoom(): boolean {
    for (const peer of this.#peerings) if (blocks(peer, 0, lowWater, lowBacklog)) return false;
    return true;
  }

  #route(topic: string): readonly Peering[] {
    const peers: Peering[] = [];
    for (const peer of this.#peerings) {
      if (peer.session.channel !== undefined && peer.subscriptions.matches(topic)) peers.push(peer);
    }
    if (this.#routes.size >= maxRoutes) this.#routes.clear();
    this.#routes.set(topic, peers);
    return peers;
  }

  /** Events travel one hop: a node of the layout without a peering here cannot be reached by its topic. */
  #countUnroutable(topic: string): void {
    const { nodeTopicPrefix } = this.#core.options;
    if (!topic.startsWith(nodeTopicPrefix) || !topic.endsWith('/')) return;
    const name = topic.slice(nodeTopicPrefix.length, -1);
    if (name === this.#core.name || !Object.hasOwn(this.#core.layout, name) || this.#peerings.get(name)) return;
    this.#core.counters.unroutable += 1;
    if (this.#unroutableTold.has(name)) return;
    this.#unroutableTold.add(name);
    this.#core.diagnostics.warn(
      `published to ${name}, which shares no peering with ${this.#core.name}: nobody gets that`,
    );
  }
}

/** Whether a peer's buffer, with `size` bytes more, is fuller than `mark` or has more waiting, and the publisher has to know. */
function blocks(peer: Peering, size: number, mark: number, backlog = Number.POSITIVE_INFINITY): boolean {
  if (!peer.isUp || peer.overflow !== 'block') return false;
  const outbox = peer.session.channel?.outbox;
  return outbox !== undefined && (outbox.fill(size) > mark || outbox.backlog + size > backlog);
}

function tooLarge(name: string, topic: string, size: number, limit: number): MusterError {
  return new MusterError(
    'MUSTER_EVENT_TOO_LARGE',
    `event ${name} to ${topic} has ${size} bytes, maxEventSize is ${limit}: send less, or in parts`,
  );
}

function bufferFull(peer: string): MusterError {
  return new MusterError(
    'MUSTER_BUFFER_FULL',
    `the buffer for ${peer} is full, so the event was queued to nobody: when publish() returns false, wait for drained()`,
  );
}
