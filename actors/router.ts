/**
 * Router: from `publish` to the outboxes of the peers that subscribe.
 * The hot path of a node: an event is encoded once and copied into one frame per peer; who gets a topic is remembered
 * until subscriptions or peers change. Frames leave at the end of the turn.
 */
import { MusterError } from '../errors.js';
import type { Cause } from '../trace/record.js';
import type { Outbox } from '../transport/channel/outbox.js';
import { encodeEvent, type Headers } from '../transport/codec.js';
import { isFrameworkEvent } from './events.js';
import type { NodeCore } from './node-core.js';
import type { Peering } from './peering.js';
import type { Peerings } from './peerings.js';
import { ample, blocks, type Room } from './room.js';
import { type TopicClass, Traffic } from './traffic.js';

/** Told of each event that is published, with the bytes that it takes. */
export type Tap = (topic: string, name: string, args: readonly unknown[], size: number) => void;

/** Topics whose peers are remembered. */
const maxRoutes = 10_000;

/** What is remembered of a topic. */
interface Route {
  readonly peers: readonly Peering[];
  readonly traffic: TopicClass;
}

export class Router {
  /** What was handed to peers, once for each of them. */
  readonly traffic: Traffic;
  /** What an event carries that is published now; absent, none carries anything. */
  headers: (() => Headers | undefined) | undefined;
  readonly #core: NodeCore;
  readonly #peerings: Peerings;
  readonly #room: Room;
  readonly #routes = new Map<string, Route>();
  readonly #unroutableTold = new Set<string>();
  #flushScheduled = false;
  /** The record of the first event that the next frames carry. */
  #flushCause: Cause | undefined;
  /** Up to here an outbox takes any event without coming near its bounds. */
  readonly #ampleFill: number;
  /** There only while somebody watches. */
  tap: Tap | undefined;

  constructor(core: NodeCore, peerings: Peerings, room: Room) {
    const { maxEventSize, maxBufferedBytes } = core.options;
    this.#ampleFill = Math.min(ample.fill, 1 - maxEventSize / maxBufferedBytes);
    this.#core = core;
    this.#peerings = peerings;
    this.#room = room;
    this.traffic = new Traffic(core.options);
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
    const route = this.#routes.get(topic) ?? this.#route(topic);
    const { peers, traffic } = route;
    if (this.#core.tracer.isDetailed) this.#record(topic, name, peers, true);
    const headers = this.headers === undefined ? undefined : this.headers();
    const outbox = peers.length === 1 ? peers[0]?.session.channel?.outbox : undefined;
    if (outbox === undefined || outbox.fill() > this.#ampleFill || outbox.backlog > ample.backlog) {
      return this.#publishToAll(route, topic, name, args, headers);
    }
    const { maxEventSize } = this.#core.options;
    const size = outbox.encode(topic, name, args, maxEventSize, headers);
    if (size > maxEventSize) throw tooLarge(name, topic, size, maxEventSize);
    traffic.events += 1;
    traffic.bytes += size;
    this.#scheduleFlush();
    if (this.tap !== undefined) this.tap(topic, name, args, size);
    return true;
  }

  /** Sends an event of the framework itself, to one peer or to all that subscribe; no bound holds it back. */
  publishFramework(topic: string, name: string, args: readonly unknown[], only?: Peering): void {
    const event = encodeEvent(topic, name, args);
    const peers = only === undefined ? this.#route(topic).peers : [only];
    const isDetail = !isFrameworkEvent(name);
    if (this.#core.tracer.tells(isDetail)) this.#record(topic, name, peers, isDetail);
    for (const { session } of peers) {
      if (session.channel === undefined) continue;
      session.channel.outbox.append(event, true);
      this.traffic.count(topic, event.bytes.length);
    }
    this.#scheduleFlush();
  }

  flush(): void {
    for (const peer of this.#peerings) peer.session.channel?.outbox.flush();
  }

  #publishToAll(
    { peers, traffic }: Route,
    topic: string,
    name: string,
    args: readonly unknown[],
    headers: Headers | undefined,
  ): boolean {
    const event = encodeEvent(topic, name, args, headers);
    const size = event.bytes.length;
    if (size > this.#core.options.maxEventSize) throw tooLarge(name, topic, size, this.#core.options.maxEventSize);
    if (peers.length === 0) {
      this.#countUnroutable(topic);
      this.tap?.(topic, name, args, size);
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
          this.#lose(peer, outbox);
          overflowed = [...(overflowed ?? []), peer];
          continue;
        }
        if (!this.#makeRoom(peer, outbox, size)) continue;
      }
      if (!this.#room.isAmple(peer, size)) hasRoom = false;
      outbox.append(event);
      traffic.events += 1;
      traffic.bytes += size;
    }
    // Only now: this runs handlers, which may publish, and `event` is a view of the encoder's memory.
    for (const peer of overflowed ?? []) peer.disconnect();
    this.#scheduleFlush();
    this.tap?.(topic, name, args, size);
    return hasRoom;
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#core.runtime.endOfTurn(() => {
      this.#flushScheduled = false;
      const cause = this.#flushCause;
      this.#flushCause = undefined;
      this.#core.tracer.train.run(cause, () => this.flush());
    });
  }

  #record(topic: string, event: string, peers: readonly Peering[], isDetail: boolean): void {
    const { tracer } = this.#core;
    const data = { topic, event, peers: peers.map(({ name }) => name) };
    const published = tracer.record('published', data, tracer.train.cause, isDetail);
    this.#flushCause ??= published;
  }

  /** Does what the peer's policy says, for one event; of a peer that is down the newest events are lost. */
  #makeRoom(peer: Peering, outbox: Outbox, size: number): boolean {
    while (peer.isUp && peer.overflow === 'dropOldest' && outbox.fill(size) > 1) {
      const lost = outbox.dropOldest('buffer full');
      if (lost === 0) break;
      peer.session.lose(lost, 'buffer full');
    }
    if (outbox.fill(size) <= 1) return true;
    this.#lose(peer, outbox);
    return false;
  }

  #lose(peer: Peering, outbox: Outbox): void {
    outbox.skip('buffer full');
    peer.session.lose(1, 'buffer full');
  }

  #route(topic: string): Route {
    const peers: Peering[] = [];
    for (const peer of this.#peerings) {
      if (peer.session.channel !== undefined && peer.subscriptions.matches(topic)) peers.push(peer);
    }
    if (this.#routes.size >= maxRoutes) this.#routes.clear();
    const route = { peers, traffic: this.traffic.classOf(topic) };
    this.#routes.set(topic, route);
    return route;
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
