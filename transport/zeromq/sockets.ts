/**
 * Sockets: the two kinds of ZeroMQ socket that links need, and their options.
 * The only file that makes native objects. Why each option is what it is stands beside it.
 */
import { Context, Router, type Socket, XPublisher, XSubscriber } from 'zeromq';
import type { CurveClient } from '../curve.js';
import { maxFrameSize } from './frame.js';

export interface SocketTimes {
  /** Time between two ZMTP heartbeats, in ms, at most 60_000. */
  readonly heartbeatInterval: number;
  /** How long after a heartbeat the other side may stay silent, in ms, at most 60_000. */
  readonly heartbeatTimeout: number;
  /** How long a connection may take to become one of ZMTP, in ms. */
  readonly handshakeTimeout: number;
}

/** How long a socket that is closed goes on sending what was handed to it, in ms. */
export const flushTime = 1_000;

/** ZMQ_ONLY_FIRST_SUBSCRIBE: of several parts, only the first may be taken for a (un)subscription. */
const onlyFirstSubscribe = 108;

/** Bytes by which CURVE makes a frame longer before libzmq looks at its size: a command's name, a nonce, flags and a MAC. */
const curveOverhead = 8 + 8 + 1 + 16;

export class AcceptorSocket extends XPublisher {
  /** `curve`: the secret key of who listens, and the domain of its doorman. Without, connections are not encrypted. */
  constructor(times: SocketTimes, ipv6: boolean, curve?: { readonly secretKey: string; readonly domain: string }) {
    // Without `allSubsUnsubs`, a subscription to a topic that somebody else has too comes and goes unseen.
    // The default backlog of 100 lets a crowd that reconnects at once wait for TCP's retries.
    super({ ...common(times, ipv6), verbosity: 'allSubsUnsubs', backlog: 1_024 });
    this.setBoolOption(onlyFirstSubscribe, true);
    if (curve === undefined) return;
    this.maxMessageSize = maxFrameSize + curveOverhead;
    this.curveServer = true;
    this.curveSecretKey = curve.secretKey;
    this.zapDomain = curve.domain;
    // Without, everybody would enter while there is no doorman.
    this.zapEnforceDomain = true;
  }
}

export class InitiatorSocket extends XSubscriber {
  constructor(times: SocketTimes, ipv6: boolean, curve?: CurveClient) {
    super({
      ...common(times, ipv6),
      // 24 days, which is never. The documented -1 makes libzmq drop the endpoint when the connection ends, and with it
      // all frames that have come but are not yet read: the last words of the other side.
      reconnectInterval: 2_147_483_647,
    });
    this.setBoolOption(onlyFirstSubscribe, true);
    if (curve === undefined) return;
    this.maxMessageSize = maxFrameSize + curveOverhead;
    this.curvePublicKey = curve.publicKey;
    this.curveSecretKey = curve.secretKey;
    this.curveServerKey = curve.serverKey;
  }
}

/** Where libzmq asks who may enter. Unlike a REP, it can go on after an answer that could not be given. */
export type DoormanSocket = Router;

export function createDoormanSocket(): DoormanSocket {
  return new Router({ context: sharedContext(), linger: 0 });
}

/** Closes the socket; what was sent is still flushed for `flush` ms. */
export function closeSocket(socket: Socket, flush: number): void {
  socket.linger = flush;
  socket.close();
}

function common(times: SocketTimes, ipv6: boolean) {
  return {
    context: sharedContext(),
    ipv6,
    // Marks would drop frames without a word; what is in flight is bounded by the credit of those who send.
    sendHighWaterMark: 0,
    receiveHighWaterMark: 0,
    // Makes `send()` complete in the call, always.
    sendTimeout: 0,
    maxMessageSize: maxFrameSize,
    // For a socket that nobody closes; `closeSocket()` decides about the others.
    linger: 0,
    handshakeInterval: times.handshakeTimeout,
    heartbeatInterval: times.heartbeatInterval,
    heartbeatTimeout: times.heartbeatTimeout,
    // Heartbeats are for ZMTP 3.1; this frees the connection of an older or foreign client that has vanished.
    tcpKeepalive: 1,
    tcpKeepaliveIdle: 60,
  };
}

let context: Context | undefined;

/**
 * One for the process, made at the first use: zeromq.js gives a context's thread and five descriptors back only when
 * the process ends, so one for each transport would be a leak.
 */
function sharedContext(): Context {
  // A link takes three of libzmq's sockets: its own and two for its monitor.
  context ??= new Context({ blocky: false, maxSockets: 16_384 });
  return context;
}
