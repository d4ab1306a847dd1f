/**
 * Monitor: reads what libzmq tells about a socket's connections, always and to the end.
 * An unread monitor would, once it is full, stop libzmq's thread and with it all connections of the process.
 */
import type { Event, Observer, Socket } from 'zeromq';
import { type Runtime, turn } from '../../runtime.js';
import { callOut } from './call-out.js';

/** Libzmq can tell 100,000 events a second when the process has no descriptors left; others must get their turn. */
const maxEventsPerTurn = 64;

/**
 * Begins to read the events of `socket`. They come in no order relative to frames.
 * @returns when libzmq has let go of the closed socket: its frames flushed, its port and descriptors free.
 * @throws at once if the process has no descriptors left.
 */
export function monitor(socket: Socket, runtime: Runtime, tell: (event: Event) => void): Promise<void> {
  return read(socket.events, runtime, tell);
}

/** Holds `events`, which the garbage collector would otherwise take from a closed socket before the last is read. */
async function read(events: Observer, runtime: Runtime, tell: (event: Event) => void): Promise<void> {
  for (let count = 1; !events.closed; count++) {
    try {
      callOut(tell, await events.receive());
    } catch {
      // Only a monitor that has been closed meanwhile has nothing to tell; never spin.
      await turn(runtime);
    }
    if (count % maxEventsPerTurn === 0) await turn(runtime);
  }
}

/** What libzmq says of encryption and admission. */
const whyRefused: Readonly<Record<string, string>> = {
  ERR_ZMTP_MECHANISM_MISMATCH: 'one side wants encryption, the other does not',
  ERR_ZMTP_CRYPTOGRAPHIC: 'the key of this node is not the one that was expected',
  auth: 'the key of who connects is not admitted',
};

type HandshakeFailure = Extract<Event, { type: `handshake:error:${string}` }>;

export function isHandshakeFailure(event: Event): event is HandshakeFailure {
  return event.type.startsWith('handshake:error:');
}

/**
 * In words; there are few different ones. Libzmq reports the error that its thread met last, so where much is going on
 * these may be the words for another connection.
 */
export function whyNoHandshake({ error }: HandshakeFailure): string {
  const code = 'code' in error ? error.code : undefined;
  const words = whyRefused[code ?? ('status' in error ? 'auth' : '')];
  if (words !== undefined) return words;
  if (code === 'EAGAIN') return 'no answer in time';
  if (code === 'EPIPE' || code === 'ECONNRESET') return 'the other side closed the connection';
  return error.message;
}
