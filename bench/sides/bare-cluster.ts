/**
 * The floor under a cluster: as many processes with bare sockets that connect in the same way, say a word to each other,
 * and do nothing from then on.
 */
import { XPublisher, XSubscriber } from 'zeromq';
import { defineRole } from '../harness/role.js';
import { endsWith, socketOptions, subscriptionToAll } from './bare-sockets.js';

const hello = Buffer.of(2);

export interface BareNodeInput {
  /** Where it listens; a worker does not. */
  readonly port: number | undefined;
  /** Ports that it connects to. */
  readonly targets: readonly number[];
}

export const bareNode = defineRole(import.meta.url, 'bareNode', async ({ port, targets }: BareNodeInput) => {
  const sockets: (XPublisher | XSubscriber)[] = [];

  async function answer(socket: XPublisher): Promise<void> {
    while (!socket.closed) {
      const [message] = (await socket.receive()) as [Buffer];
      if (message[0] === hello[0]) socket.send(hello);
    }
  }

  async function greet(target: number): Promise<void> {
    const socket = new XSubscriber(socketOptions);
    sockets.push(socket);
    socket.connect(`tcp://127.0.0.1:${target}`);
    socket.send(subscriptionToAll);
    socket.send(hello);
    await socket.receive();
    ignore(socket).catch(endsWith(socket));
  }

  let greeted: Promise<unknown> | undefined;
  return {
    join: async () => {
      if (port !== undefined) {
        const socket = new XPublisher(socketOptions);
        sockets.push(socket);
        await socket.bind(`tcp://127.0.0.1:${port}`);
        answer(socket).catch(endsWith(socket));
      }
      greeted = Promise.all(targets.map(greet));
    },
    /** Resolves when all to whom it has said a word have answered. */
    connected: async () => {
      await greeted;
    },
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
});

async function ignore(socket: XSubscriber): Promise<void> {
  while (!socket.closed) await socket.receive();
}
