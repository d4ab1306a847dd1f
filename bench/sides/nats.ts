/**
 * The same stream through NATS core: a server and its own client, msgpack, an event a message.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Packr, Unpackr } from 'msgpackr';
import type { Setting } from '../harness/bench.js';
import { findProgram, howToInstallPeers, isInstalled, loadPeer } from '../harness/optional.js';
import { freePorts } from '../harness/ports.js';
import { defineRole } from '../harness/role.js';
import { createCreditedSink, createCreditedSource } from './credited.js';
import type { Peer } from './peers.js';
import { workloads } from './workloads.js';

const packageName = '@nats-io/transport-node';
const program = 'nats-server';
const subject = workloads.small.event;
const acknowledgements = 'acknowledgements';

/** What is used of the client. */
interface Client {
  connect(options: { servers: string }): Promise<Connection>;
}

interface Connection {
  publish(subject: string, payload: Uint8Array): void;
  subscribe(subject: string, options: { callback(error: Error | null, message: { data: Uint8Array }): void }): unknown;
  flush(): Promise<void>;
  close(): Promise<void>;
}

export const nats: Peer = {
  title: 'NATS core, JS client',
  promises: 'at most once; no back-pressure from a subscriber, a slow one is cut off by the server',
  whyMissing: async () => {
    if ((await findProgram(program)) === undefined) return `no ${program} on PATH (Debian: apt-get install ${program})`;
    return isInstalled(packageName) ? undefined : `${packageName} is not installed: ${howToInstallPeers}`;
  },
  open: async ({ processes }: Setting) => {
    const [port = 0] = await freePorts(1);
    const server = await processes.start(natsServer, { port });
    const subscriber = await processes.start(natsSubscriber, { port });
    const publisher = await processes.start(natsPublisher, { port });
    return { publisher, subscribers: [subscriber], broker: { player: server, pid: await server.ask('pid') } };
  },
};

export const natsServer = defineRole(import.meta.url, 'natsServer', async ({ port }: { port: number }) => {
  const server = spawn(program, ['--addr', '127.0.0.1', '--port', String(port)], { stdio: 'ignore' });
  process.once('exit', () => server.kill('SIGKILL'));
  await listening(port);
  return {
    pid: () => server.pid as number,
    close: async () => {
      server.kill();
      await once(server, 'exit');
    },
  };
});

export const natsPublisher = defineRole(import.meta.url, 'natsPublisher', async ({ port }: { port: number }) => {
  const connection = await connect(port);
  const packr = new Packr({ useRecords: false });
  const source = createCreditedSource((event) => connection.publish(subject, packr.pack(event)));
  connection.subscribe(acknowledgements, { callback: (_, { data }) => source.acknowledged(packr.unpack(data)) });
  await connection.flush();
  return { ...source, close: () => connection.close() };
});

export const natsSubscriber = defineRole(import.meta.url, 'natsSubscriber', async ({ port }: { port: number }) => {
  const connection = await connect(port);
  const packr = new Packr({ useRecords: false });
  const unpackr = new Unpackr({ useRecords: false });
  const sink = createCreditedSink((count) => connection.publish(acknowledgements, packr.pack(count)));
  connection.subscribe(subject, { callback: (_, { data }) => sink.take(unpackr.unpack(data)) });
  await connection.flush();
  return { ...sink, close: () => connection.close() };
});

function connect(port: number): Promise<Connection> {
  return loadPeer<Client>(packageName).connect({ servers: `127.0.0.1:${port}` });
}

/** Resolves when somebody listens there. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connectTcp(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await sleep(10);
  }
}
