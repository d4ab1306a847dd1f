/**
 * The same without Muster: a subscriber that opens another socket as soon as it hears that its connection is gone. What is
 * published meanwhile is lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Packr, Unpackr } from 'msgpackr';
import { XPublisher, XSubscriber } from 'zeromq';
import { defineRole } from '../harness/role.js';
import { endsWith, socketOptions, subscriptionToAll } from './bare-sockets.js';
import { Resumptions } from './resumptions.js';
import { type BareEvent, firstSequence, workloads } from './workloads.js';

const { small } = workloads;
/** How often what is due is published, in ms. */
const tick = 1;

export const barePacedPublisher = defineRole(import.meta.url, 'barePacedPublisher', async () => {
  const socket = new XPublisher(socketOptions);
  await socket.bind('tcp://127.0.0.1:*');
  const packr = new Packr({ useRecords: false });
  let published = 0;
  let isRunning = false;
  let running: Promise<void> | undefined;

  async function listen(): Promise<void> {
    while (!socket.closed) await socket.receive();
  }

  /** What is due leaves in one message. */
  async function run(rate: number): Promise<void> {
    for (const start = performance.now(); isRunning; await sleep(tick)) {
      const due = Math.floor(((performance.now() - start) * rate) / 1_000);
      if (due === published) continue;
      const batch: BareEvent[] = [];
      for (; published < due; published++) batch.push(small.bare(firstSequence + published));
      socket.send(packr.pack(batch));
    }
  }

  listen().catch(endsWith(socket));
  return {
    port: () => Number(new URL(socket.lastEndpoint as string).port),
    begin: (rate: number) => {
      isRunning = true;
      running = run(rate);
    },
    stop: async () => {
      isRunning = false;
      await running;
      return published;
    },
    close: () => socket.close(),
  };
});

export const bareCutSubscriber = defineRole(
  import.meta.url,
  'bareCutSubscriber',
  async ({ port }: { port: number }) => {
    const resumptions = new Resumptions();
    let received = 0;
    let socket = open();

    function open(): XSubscriber {
      const fresh = new XSubscriber({ ...socketOptions, reconnectInterval: -1 });
      fresh.events.on('disconnect', () => {
        if (fresh.closed) return;
        fresh.close();
        socket = open();
      });
      fresh.connect(`tcp://127.0.0.1:${port}`);
      fresh.send(subscriptionToAll);
      resumptions.connected();
      listen(fresh).catch(endsWith(fresh));
      return fresh;
    }

    async function listen(from: XSubscriber): Promise<void> {
      const unpackr = new Unpackr({ useRecords: false });
      while (!from.closed) {
        const [message] = (await from.receive()) as [Buffer];
        const events = unpackr.unpack(message) as BareEvent[];
        resumptions.event();
        received += events.length;
      }
    }

    return {
      first: (connections: number) => resumptions.first(connections),
      received: () => received,
      close: () => socket.close(),
    };
  },
);
