/**
 * What a clone is compared with: a Map in each of two processes. A write goes to the one as msgpack, with all others of its
 * turn in one message, and comes back to the other, which acknowledges it. No numbers, no order, no digest, no resumption.
 */
import { Packr, Unpackr } from 'msgpackr';
import { XPublisher, XSubscriber } from 'zeromq';
import { defineRole } from '../harness/role.js';
import { endsWith, socketOptions, subscriptionToAll } from './bare-sockets.js';
import { createStoreMeter } from './store-meter.js';

type Write = [key: unknown, value: unknown];

/** What XPUB does not take for a subscription. */
const mark = 2;
const head = 1;

export const bareOriginal = defineRole(import.meta.url, 'bareOriginal', async () => {
  const socket = new XPublisher(socketOptions);
  await socket.bind('tcp://127.0.0.1:*');
  const unpackr = new Unpackr({ useRecords: false });
  const map = new Map<unknown, unknown>();

  async function listen(): Promise<void> {
    while (!socket.closed) {
      const [message] = (await socket.receive()) as [Buffer];
      if (message[0] !== mark) continue;
      for (const [key, value] of unpackr.unpack(message.subarray(head)) as Write[]) map.set(key, value);
      socket.send(message);
    }
  }

  listen().catch(endsWith(socket));
  return { endpoint: () => socket.lastEndpoint as string, size: () => map.size, close: () => socket.close() };
});

export const bareReplica = defineRole(import.meta.url, 'bareReplica', async ({ endpoint }: { endpoint: string }) => {
  const socket = new XSubscriber(socketOptions);
  socket.connect(endpoint);
  await socket.send(subscriptionToAll);
  const packr = new Packr({ useRecords: false });
  const unpackr = new Unpackr({ useRecords: false });
  const map = new Map<unknown, unknown>();
  const settling: (() => void)[] = [];
  let waiting: Write[] = [];

  async function listen(): Promise<void> {
    while (!socket.closed) {
      const [message] = (await socket.receive()) as [Buffer];
      const writes = unpackr.unpack(message.subarray(head)) as Write[];
      for (const [key, value] of writes) map.set(key, value);
      for (const resolve of settling.splice(0, writes.length)) resolve();
    }
  }

  function send(): void {
    const body = packr.pack(waiting);
    waiting = [];
    const message = Buffer.allocUnsafeSlow(head + body.length);
    message[0] = mark;
    message.set(body, head);
    socket.send(message);
  }

  listen().catch(endsWith(socket));
  return createStoreMeter({
    table: () => ({
      get: (key) => map.get(key),
      put: (key, value) =>
        new Promise<void>((resolve) => {
          settling.push(resolve);
          if (waiting.push([key, value]) === 1) setImmediate(send);
        }),
    }),
    close: () => socket.close(),
  });
});
