/**
 * Acceptor: a port, and the links that others open to it. All of them share one XPUB, which neither tells from which
 * connection a part came nor can end a connection: links are told apart by the topic their frames begin with, and a
 * link that is closed here is only forgotten. Whatever belongs to no link is counted and told in words.
 */
import type { Event } from 'zeromq';
import { MusterError, messageOf } from '../../errors.js';
import { atMost, type Runtime } from '../../runtime.js';
import type { CurveListener, CurveServer } from '../curve.js';
import { GarbageReports } from '../garbage.js';
import type { Address, ListenHandlers } from '../transport.js';
import { AcceptedLink } from './accepted-link.js';
import { countOpen } from './count-open.js';
import { type Door, openDoor } from './doorman.js';
import { describe, endpointOf, portOf } from './endpoint.js';
import { subscriptionMark, topicOfFrame, topicOfNotice, unsubscriptionMark } from './frame.js';
import { Handshakes } from './handshakes.js';
import { isHandshakeFailure, monitor, whyNoHandshake } from './monitor.js';
import { Receiver } from './receiver.js';
import { RecentTopics } from './recent.js';
import { AcceptorSocket, closeSocket, flushTime, type SocketTimes } from './sockets.js';

/** Ended links of which late frames are ignored without a word. */
const maxRecentLinks = 4_096;

/**
 * On a busy machine, libzmq says EAGAIN now and then in place of why it could not bind: telling its monitor writes over the
 * code. So often it is asked again.
 */
const maxVagueAnswers = 3;

/** A port that is to be bound again is tried so often, after so many ms each. */
const maxBindAttempts = 200;
const bindPause = 10;

export class Acceptor implements CurveListener {
  /** Resolves once nothing is left of the socket. */
  readonly ended: Promise<void>;
  readonly #socket: AcceptorSocket;
  readonly #runtime: Runtime;
  readonly #handlers: ListenHandlers;
  readonly #garbage: GarbageReports;
  readonly #handshakes: Handshakes;
  readonly #door: Door | undefined;
  readonly #links = new Map<string, AcceptedLink>();
  readonly #recent = new RecentTopics(maxRecentLinks);
  #address: Address;
  #binding: Promise<void> | undefined;
  #receiver: Receiver | undefined;
  #closing: Promise<void> | undefined;
  #portClosed: () => void = () => {};

  /** @throws {@link MusterError} `MUSTER_LISTEN_FAILED` if the process has no descriptors left. */
  constructor(
    address: Address,
    handlers: ListenHandlers,
    runtime: Runtime,
    times: SocketTimes,
    curve: CurveServer | undefined,
  ) {
    this.#address = address;
    this.#handlers = handlers;
    this.#runtime = runtime;
    this.#garbage = new GarbageReports(runtime, (reason, count) => handlers.garbage(reason, count));
    this.#handshakes = new Handshakes(runtime, times.handshakeTimeout, (count) => {
      this.#garbage.count('a connection without a handshake: no ZeroMQ client, or one of another socket type', count);
    });
    let socket: AcceptorSocket | undefined;
    try {
      this.#door = curve && openDoor(curve, (from) => countOpen(this.#address, from));
      const lock = curve && this.#door && { secretKey: curve.secretKey, domain: this.#door.domain };
      socket = new AcceptorSocket(times, address.ip.includes(':'), lock);
      this.ended = monitor(socket, runtime, (event) => this.#hear(event));
    } catch (cause) {
      socket?.close();
      this.#door?.close();
      throw listenError(address, cause);
    }
    this.#socket = socket;
  }

  get address(): Address {
    return this.#address;
  }

  /** @throws {@link MusterError} `MUSTER_PORT_TAKEN`, `MUSTER_LISTEN_FAILED`; then the acceptor is closed. */
  async bind(): Promise<void> {
    try {
      await this.#door?.opened;
      this.#binding = this.#bindFirst(endpointOf(this.#address, 'listen'));
      await this.#binding;
    } catch (cause) {
      await this.close();
      throw listenError(this.#address, cause);
    }
    if (this.#closing !== undefined) throw listenError(this.#address, 'it was closed meanwhile');
    this.#address = { ...this.#address, port: portOf(this.#socket.lastEndpoint ?? '') };
    this.#receiver = new Receiver(this.#socket, this.#runtime, (part) => this.#receive(part));
  }

  async rekey(secretKey: string): Promise<void> {
    await this.#binding;
    if (this.#closing !== undefined) return;
    this.#binding = this.#bindAgain(secretKey);
    try {
      await this.#binding;
    } catch (cause) {
      throw listenError(this.#address, cause);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async drained(maxTurns: number): Promise<void> {
    await this.#receiver?.drained(maxTurns);
  }

  async #close(): Promise<void> {
    for (const link of this.#links.values()) link.close();
    this.#garbage.close();
    this.#handshakes.close();
    this.#door?.close();
    // While it is bound, in another thread, the socket must not be touched.
    if (this.#receiver === undefined) await this.#binding?.catch(() => undefined);
    closeSocket(this.#socket, flushTime);
    await atMost(this.#runtime, 2 * flushTime, this.ended);
  }

  #receive(part: Buffer): void {
    const topic = topicOfFrame(part);
    if (topic === undefined) {
      this.#notice(part);
      return;
    }
    const link = this.#links.get(topic);
    if (link !== undefined) link.handlers?.frame(part);
    else if (!this.#recent.has(topic)) this.#meet(topic, part);
  }

  readonly #send = async (frame: Uint8Array): Promise<void> => {
    await this.#socket.send(frame);
  };

  async #bindFirst(endpoint: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#socket.bind(endpoint);
        return;
      } catch (cause) {
        if (codeOf(cause) !== 'EAGAIN' || attempt === maxVagueAnswers || this.#closing !== undefined) throw cause;
      }
    }
  }

  /**
   * Libzmq gives a key to a listener when it is bound, and ends its connections with it. All in this thread: `unbind()` and
   * `bind()` would do it in another, while the receiver looks at the socket in this one, and libzmq would abort the process.
   */
  async #bindAgain(secretKey: string): Promise<void> {
    const endpoint = this.#socket.lastEndpoint ?? '';
    const closed = new Promise<void>((resolve) => {
      this.#portClosed = resolve;
    });
    // To libzmq the same as unbinding; `unbindSync()` of zeromq.js binds instead.
    this.#socket.disconnect(endpoint);
    this.#socket.curveSecretKey = secretKey;
    // Libzmq's thread closes the port when it gets to it.
    await atMost(this.#runtime, maxBindAttempts * bindPause, closed);
    for (let attempt = 1; this.#closing === undefined; attempt++) {
      try {
        this.#socket.bindSync(endpoint);
        return;
      } catch (cause) {
        const code = codeOf(cause);
        if ((code !== 'EADDRINUSE' && code !== 'EAGAIN') || attempt === maxBindAttempts) throw cause;
        await atMost(this.#runtime, bindPause, new Promise(() => {}));
      }
    }
  }

  #meet(topic: string, firstFrame: Buffer): void {
    const link = new AcceptedLink(Buffer.from(topic, 'latin1'), this.#send, () => {
      this.#links.delete(topic);
      this.#recent.add(topic);
    });
    this.#links.set(topic, link);
    try {
      link.handlers = this.#handlers.link(link, firstFrame);
    } finally {
      if (link.handlers === undefined) link.close();
    }
  }

  /** Somebody's subscription came or went, if `part` is that; a peer can forge either. */
  #notice(part: Buffer): void {
    const topic = topicOfNotice(part);
    const link = topic === undefined ? undefined : this.#links.get(topic);
    if (part[0] === unsubscriptionMark) link?.handlers?.hint('its subscription has ended');
    else if (part[0] !== subscriptionMark) this.#garbage.count('a message that is no frame of a link');
    else if (topic === undefined) this.#garbage.count('a subscription to something else than a link of its own');
    else if (link !== undefined) this.#garbage.count('a second subscription to a link');
  }

  #hear(event: Event): void {
    if (this.#closing !== undefined) return;
    if (isHandshakeFailure(event)) {
      this.#handshakes.broke();
      // Of one that was not admitted the doorman has said more.
      if (!('status' in event.error)) this.#garbage.count(`a connection without a handshake: ${whyNoHandshake(event)}`);
      return;
    }
    switch (event.type) {
      case 'accept':
        this.#handshakes.accepted();
        break;
      case 'handshake':
        this.#handshakes.succeeded();
        break;
      case 'disconnect':
        this.#handshakes.disconnected();
        break;
      case 'close':
        this.#portClosed();
        break;
      case 'accept:error':
        this.#garbage.count(`a connection could not be accepted: ${event.error.message}`);
        break;
    }
  }
}

function listenError(address: Address, cause: unknown): MusterError {
  const where = describe(address);
  const code = codeOf(cause);
  if (code === 'EADDRINUSE') return new MusterError('MUSTER_PORT_TAKEN', `port ${where} is taken`, { cause });
  const why = whyNotBound(address, code) ?? messageOf(cause);
  return new MusterError('MUSTER_LISTEN_FAILED', `cannot listen at ${where}: ${why}`, { cause });
}

function codeOf(thrown: unknown): string | undefined {
  return (thrown as Partial<NodeJS.ErrnoException>).code;
}

function whyNotBound({ ip, zoneId }: Address, code: string | undefined): string | undefined {
  if (code === 'EADDRNOTAVAIL') return `${ip} is not an address of this machine`;
  if (code === 'EACCES') return 'this port needs privileges';
  if (code === 'EINVAL' && zoneId === undefined) return 'a link-local address needs the zone it belongs to';
  // Libzmq has no code of its own for this.
  if (code === 'EAGAIN' && zoneId !== undefined) return `${zoneId} is not an interface of this machine`;
  return undefined;
}
