/**
 * The same without Muster: a Map that is sent as msgpack over the same kind of sockets, in pieces, one for each that was
 * taken, so that as many are on their way as with Muster. No hashes, no versions, and no mutations in between.
 */
import { Packr, Unpackr } from 'msgpackr';
import { XPublisher, XSubscriber } from 'zeromq';
import { defineRole } from '../harness/role.js';
import { endsWith, socketOptions, subscriptionToAll } from './bare-sockets.js';
import { watchLoop } from './loop-watch.js';
import { keyOf } from './muster-sync.js';

type Piece = [key: string, value: number][];

/** What XPUB does not take for a subscription. */
const mark = 2;
const entriesPerPiece = 2_000;
const onTheirWay = 8;

export const bareFull = defineRole(import.meta.url, 'bareFull', async ({ entries }: { entries: number }) => {
  const socket = new XPublisher(socketOptions);
  await socket.bind('tcp://127.0.0.1:*');
  const packr = new Packr({ useRecords: false });
  const map = new Map<string, number>();
  for (let index = 0; index < entries; index++) map.set(keyOf(index), index);
  let watching = watchLoop();

  /** The next piece; an empty one is the end. */
  function send(rest: Iterator<[string, number], undefined>): void {
    const piece: Piece = [];
    while (piece.length < entriesPerPiece) {
      const { value, done } = rest.next();
      if (done) break;
      piece.push(value);
    }
    socket.send(packr.pack(piece));
  }

  async function listen(): Promise<void> {
    const rest = map.entries() as Iterator<[string, number], undefined>;
    while (!socket.closed) {
      const [message] = (await socket.receive()) as [Buffer];
      if (message[0] === mark) for (let wanted = message[1] as number; wanted > 0; wanted--) send(rest);
    }
  }

  listen().catch(endsWith(socket));
  return {
    endpoint: () => socket.lastEndpoint as string,
    watch: () => {
      watching();
      watching = watchLoop();
    },
    pauses: () => watching(),
    close: () => socket.close(),
  };
});

export const bareEmpty = defineRole(
  import.meta.url,
  'bareEmpty',
  async ({ endpoint, entries }: { endpoint: string; entries: number }) => {
    const socket = new XSubscriber(socketOptions);
    socket.connect(endpoint);
    await socket.send(subscriptionToAll);
    const unpackr = new Unpackr({ useRecords: false });
    const map = new Map<string, number>();
    return {
      sync: async () => {
        const watching = watchLoop();
        const start = performance.now();
        socket.send(Buffer.of(mark, onTheirWay));
        for (let size = -1; size < map.size; ) {
          size = map.size;
          const [message] = (await socket.receive()) as [Buffer];
          for (const [key, value] of unpackr.unpack(message) as Piece) map.set(key, value);
          socket.send(Buffer.of(mark, 1));
        }
        const time = performance.now() - start;
        if (map.size !== entries) throw new Error(`${map.size} entries instead of ${entries}`);
        return { time, pauses: watching() };
      },
      close: () => socket.close(),
    };
  },
);
