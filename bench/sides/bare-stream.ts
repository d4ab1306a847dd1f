/**
 * The same stream without Muster, as fast as a sensible program can be: zeromq.js and msgpackr, 64 events a message, and
 * as much credit as it takes to lose nothing and to keep memory bounded. No names, no topics, no resumption.
 *
 * A subscriber tells how many messages it has taken: a message upstream of the mark 2, its number and the count.
 */
import { Packr, Unpackr } from 'msgpackr';
import { XPublisher, XSubscriber } from 'zeromq';
import { defineRole } from '../harness/role.js';
import { endsWith, socketOptions, subscriptionToAll } from './bare-sockets.js';
import { peakMemory, read } from './meter.js';
import { Arrivals, type BareEvent, firstSequence, type WorkloadName, workloads } from './workloads.js';

const batchSize = 64;
/** Bytes that may be on their way. Four times Muster's default: less makes it slower, more no faster. */
const windowBytes = 4 * 1_024 * 1_024;
const acksPerWindow = 4;
const ackMark = 2;

export const barePublisher = defineRole(
  import.meta.url,
  'barePublisher',
  async ({ workload: name, subscribers }: { workload: WorkloadName; subscribers: number }) => {
    const workload = workloads[name];
    const window = windowOf(name);
    const packr = new Packr({ useRecords: false });
    const socket = new XPublisher(socketOptions);
    await socket.bind('tcp://127.0.0.1:*');
    /** Messages that each subscriber has taken; nobody is there at first. */
    const taken = new Array<number>(subscribers).fill(-1);
    let slowest = -1;
    let relieve: (() => void) | undefined;
    let sent = 0;
    let isRunning = true;
    let running: Promise<void> | undefined;

    async function listen(): Promise<void> {
      while (!socket.closed) {
        const [message] = (await socket.receive()) as [Buffer];
        // All others are subscriptions.
        if (message[0] !== ackMark) continue;
        taken[message[1] as number] = message.readUInt32BE(2);
        slowest = Math.min(...taken);
        relieve?.();
      }
    }

    function nextBatch(): BareEvent[] {
      const first = firstSequence + sent * batchSize;
      const batch: BareEvent[] = [];
      for (let i = 0; i < batchSize; i++) batch.push(workload.bare(first + i));
      return batch;
    }

    async function run(): Promise<void> {
      while (isRunning) {
        if (sent - slowest >= window) {
          await new Promise<void>((resolve) => {
            relieve = resolve;
          });
          continue;
        }
        socket.send(packr.pack(nextBatch()));
        sent += 1;
      }
    }

    listen().catch(endsWith(socket));
    return {
      endpoint: () => socket.lastEndpoint as string,
      begin: async () => {
        while (slowest < 0) await new Promise((resolve) => setTimeout(resolve, 5));
        running = run();
      },
      read: () => read(sent * batchSize),
      finish: async () => {
        isRunning = false;
        relieve?.();
        await running;
        return { published: sent * batchSize, peakMemory: peakMemory() };
      },
      faults: (): string[] => [],
      close: () => socket.close(),
    };
  },
);

export const bareSubscriber = defineRole(
  import.meta.url,
  'bareSubscriber',
  async ({
    workload: name,
    endpoint,
    numbers,
  }: {
    workload: WorkloadName;
    endpoint: string;
    numbers: readonly number[];
  }) => {
    const workload = workloads[name];
    const ackEvery = windowOf(name) / acksPerWindow;
    const arrivals = numbers.map(() => new Arrivals(workload));
    const sockets = numbers.map(() => new XSubscriber(socketOptions));

    async function listen(socket: XSubscriber, number: number, own: Arrivals): Promise<void> {
      const unpackr = new Unpackr({ useRecords: false });
      const ack = (count: number) => {
        const message = Buffer.from([ackMark, number, 0, 0, 0, 0]);
        message.writeUInt32BE(count, 2);
        socket.send(message);
      };
      socket.connect(endpoint);
      socket.send(subscriptionToAll);
      ack(0);
      for (let count = 1; !socket.closed; count++) {
        const [message] = (await socket.receive()) as [Buffer];
        for (const event of unpackr.unpack(message) as BareEvent[]) {
          if (event[0] === workload.event) own.take(event[1], event[2], event[3], event[4], event[5]);
        }
        if (count % ackEvery === 0) ack(count);
      }
    }

    sockets.forEach((socket, i) => {
      listen(socket, numbers[i] as number, arrivals[i] as Arrivals).catch(endsWith(socket));
    });
    return {
      read: () => read(arrivals.reduce((sum, { count }) => sum + count, 0)),
      counts: () => arrivals.map(({ count }) => count),
      faults: () => arrivals.flatMap(({ fault }) => fault ?? []),
      peakMemory,
      close: () => {
        for (const socket of sockets) socket.close();
      },
    };
  },
);

/** Messages that make a window of that many bytes, a whole number of acknowledgements. */
function windowOf(name: WorkloadName): number {
  const workload = workloads[name];
  const size = new Packr({ useRecords: false }).pack(workload.bare(firstSequence)).length * batchSize;
  return Math.max(1, Math.round(windowBytes / size / acksPerWindow)) * acksPerWindow;
}
