/**
 * Doorman: answers libzmq, which asks of each encrypted connection whether it may enter (ZAP, RFC 27).
 * There is one place in a context where libzmq asks, so all listeners of the process share it: each has a domain of its
 * own. It is open only while there are listeners, and without it nobody enters.
 */
import { messageOf } from '../../errors.js';
import { systemRuntime, turn } from '../../runtime.js';
import type { CurveServer } from '../curve.js';
import { encodeZ85 } from '../z85.js';
import { createDoormanSocket, type DoormanSocket } from './sockets.js';

/** Tells how many connections an address has open at a listener; `undefined` if that cannot be found out. */
export type CountOpen = (address: string) => Promise<number | undefined>;

const listeners = new Map<string, { readonly server: CurveServer; readonly countOpen: CountOpen }>();
let lastDomain = 0;
let socket: DoormanSocket | undefined;
let opening: Promise<void> | undefined;

/** Where connections of one listener are asked about. */
export interface Door {
  /** What libzmq is to name when it asks. */
  readonly domain: string;
  /** Resolves once questions are answered. */
  readonly opened: Promise<void>;
  close(): void;
}

export function openDoor(server: CurveServer, countOpen: CountOpen): Door {
  lastDomain += 1;
  const domain = `muster-${lastDomain}`;
  listeners.set(domain, { server, countOpen });
  opening ??= open();
  return {
    domain,
    opened: opening,
    close() {
      listeners.delete(domain);
      if (listeners.size > 0) return;
      socket?.close();
      socket = undefined;
      opening = undefined;
    },
  };
}

async function open(): Promise<void> {
  const mine = createDoormanSocket();
  socket = mine;
  await mine.bind('inproc://zeromq.zap.01');
  if (mine === socket) void answer(mine);
  else mine.close();
}

async function answer(mine: DoormanSocket): Promise<void> {
  while (!mine.closed) {
    try {
      const [asker, , version, request, domain, address, , mechanism, key] = await mine.receive();
      const why = await judge(String(domain), String(address), String(mechanism), key);
      const verdict = why === undefined ? ['200', 'OK'] : ['400', why];
      await mine.send([asker ?? '', '', version ?? '1.0', request ?? '', ...verdict, '', '']);
    } catch {
      // Closed; or a question that nobody in this process can have asked, which gets no answer. Whatever else: never spin on it.
      await turn(systemRuntime);
    }
  }
}

/** Why a connection may not enter, if it may not. Never throws: without an answer, all others would wait for ever. */
async function judge(
  domain: string,
  address: string,
  mechanism: string,
  key: Buffer | undefined,
): Promise<string | undefined> {
  const listener = listeners.get(domain);
  if (listener === undefined || mechanism !== 'CURVE' || key?.length !== 32) return 'no key';
  try {
    return await listener.server.refuses(encodeZ85(key), address, () => listener.countOpen(address));
  } catch (thrown) {
    return messageOf(thrown);
  }
}
