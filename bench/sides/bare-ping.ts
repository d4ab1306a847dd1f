/**
 * The same round trip without Muster: one packed event each way, over the same pair of sockets.
 */
import { Packr, Unpackr } from 'msgpackr';
import { XPublisher, XSubscriber } from 'zeromq';
import { defineRole } from '../harness/role.js';
import { endsWith, socketOptions, subscriptionToAll } from './bare-sockets.js';
import { percentilesOf, type RoundTrips } from './round-trips.js';
import { type BareEvent, firstSequence, workloads } from './workloads.js';

const { small } = workloads;
/** What XPUB does not take for a subscription. */
const mark = 2;

export const bareEcho = defineRole(import.meta.url, 'bareEcho', async () => {
  const socket = new XPublisher(socketOptions);
  await socket.bind('tcp://127.0.0.1:*');

  async function echo(): Promise<void> {
    const codec = createCodec();
    while (!socket.closed) {
      const [message] = (await socket.receive()) as [Buffer];
      if (message[0] === mark) socket.send(codec.pack(codec.unpack(message)));
    }
  }

  echo().catch(endsWith(socket));
  return { endpoint: () => socket.lastEndpoint as string, close: () => socket.close() };
});

export const barePing = defineRole(import.meta.url, 'barePing', async ({ endpoint }: { endpoint: string }) => {
  const socket = new XSubscriber(socketOptions);
  socket.connect(endpoint);
  await socket.send(subscriptionToAll);
  const codec = createCodec();
  let sequence = firstSequence;

  /** Resolves with ms. */
  async function roundTrip(): Promise<number> {
    sequence += 1;
    const start = performance.now();
    socket.send(codec.pack(small.bare(sequence)));
    const [message] = (await socket.receive()) as [Buffer];
    const [name, got] = codec.unpack(message);
    if (name !== small.event || got !== sequence) throw new Error(`answer ${got} came where ${sequence} was due`);
    return performance.now() - start;
  }

  return {
    measure: (seconds: number): Promise<RoundTrips> => percentilesOf(roundTrip, seconds),
    close: () => socket.close(),
  };
});

/** One event a message, after a byte for the mark. */
function createCodec() {
  const packr = new Packr({ useRecords: false });
  const unpackr = new Unpackr({ useRecords: false });
  return {
    pack(event: BareEvent): Uint8Array {
      const body = packr.pack(event);
      const message = Buffer.allocUnsafeSlow(1 + body.length);
      message[0] = mark;
      message.set(body, 1);
      return message;
    },
    unpack: (message: Uint8Array): BareEvent => unpackr.unpack(message.subarray(1)),
  };
}
