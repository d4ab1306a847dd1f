/**
 * The ZeroMQ transport over real sockets: the contract, and what only this one has.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket as TcpSocket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { Pull, Reply, Router } from 'zeromq';
import { MusterError } from '../../errors.js';
import { systemRuntime } from '../../runtime.js';
import type { Address, Transport } from '../../transport/transport.js';
import { Receiver } from '../../transport/zeromq/receiver.js';
import { createZeromqTransport } from '../../transport/zeromq/transport.js';
import { testTransport } from '../contracts/transport.js';
import { connected, frameOf, Host, textsOf, Witness } from '../helpers/link-witness.js';

const loopback = { ip: '127.0.0.1', port: 0 };

function createTransport(heartbeatInterval = 1_000): Transport {
  const heartbeatTimeout = 3 * heartbeatInterval;
  return createZeromqTransport({ runtime: systemRuntime, heartbeatInterval, heartbeatTimeout, handshakeTimeout: 500 });
}

function start(t: ExecutionContext, heartbeatInterval?: number): Transport {
  const transport = createTransport(heartbeatInterval);
  t.teardown(() => transport.close());
  return transport;
}

testTransport(test, 'zeromq', () => ({
  transport: createTransport,
  async stranger(t) {
    const server = createServer((socket) => socket.on('error', () => undefined).end());
    t.teardown(() => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { ip: '127.0.0.1', port: (server.address() as { port: number }).port };
  },
  anyPort: loopback,
  // Holds up the event loop, as a busy node does, while libzmq's thread goes on.
  letArrive: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300),
}));

const localAddresses = Object.entries(networkInterfaces()).flatMap(([zoneId, addresses = []]) =>
  addresses.map(({ address }) => ({ ip: address, zoneId })),
);

async function linkWorks(t: ExecutionContext, at: Address): Promise<void> {
  const [acceptor, initiator] = [start(t), start(t)];
  const { listener, witness, guest } = await connected(acceptor, initiator, at);
  t.deepEqual({ ...listener.address, port: 0 }, at);
  guest.link.send(frameOf(acceptor, 'welcome'));
  await witness.received(1);
  t.deepEqual(textsOf(initiator, witness.frames), ['welcome']);
}

test('a link over IPv6', async (t) => {
  if (localAddresses.some(({ ip }) => ip === '::1')) await linkWorks(t, { ip: '::1', port: 0 });
  else t.pass('skipped: this machine has no IPv6');
});

test('a link over IPv6 within a zone', async (t) => {
  const local = localAddresses.find(({ ip }) => ip.startsWith('fe80:'));
  if (local !== undefined) await linkWorks(t, { ...local, port: 0 });
  else t.pass('skipped: this machine has no link-local IPv6 address');
});

const impossible: [Address, string][] = [
  [{ ip: '203.0.113.9', port: 0 }, 'cannot listen at 203.0.113.9:0: 203.0.113.9 is not an address of this machine'],
  [{ ip: '127.0.0.1', port: 70_000 }, 'cannot listen at 127.0.0.1:70000: 70000 is no port from 0 to 65535'],
  [{ ip: '127.0.0.1', port: 8.5 }, 'cannot listen at 127.0.0.1:8.5: 8.5 is no port from 0 to 65535'],
  [{ ip: 'localhost', port: 0 }, 'cannot listen at localhost:0: localhost is no IP address'],
  [{ ip: '127.0.0.1', port: 0, zoneId: 'lo' }, 'cannot listen at 127.0.0.1%lo:0: lo is no zone of 127.0.0.1'],
  [
    { ip: 'fe80::1', port: 0, zoneId: 'no0' },
    'cannot listen at [fe80::1%no0]:0: no0 is not an interface of this machine',
  ],
];
for (const [address, message] of impossible) {
  test(`listening fails in words: ${message}`, async (t) => {
    const error = await t.throwsAsync(start(t).listen(address, new Host()), { instanceOf: MusterError, message });
    t.is((error as MusterError).code, 'MUSTER_LISTEN_FAILED');
  });
}

test('a link-local address without its zone is refused in words', async (t) => {
  const error = await t.throwsAsync(start(t).listen({ ip: 'fe80::1', port: 0 }, new Host()));
  t.regex(error?.message ?? '', /needs the zone it belongs to|not an address of this machine/);
});

test('closing a transport while it begins to listen leaves nothing behind', async (t) => {
  const transport = start(t);
  const listening = transport.listen(loopback, new Host());
  const closed = transport.close();
  await t.throwsAsync(listening, { instanceOf: MusterError, code: 'MUSTER_LISTEN_FAILED' });
  await closed;
});

for (const Other of [Router, Reply, Pull]) {
  test(`a link to a ZeroMQ ${Other.name} is lost, in words`, async (t) => {
    const other = new Other({ linger: 0 });
    t.teardown(() => other.close());
    await other.bind('tcp://127.0.0.1:*');
    const port = Number(other.lastEndpoint?.split(':').at(-1));
    const witness = new Witness();
    start(t).connect({ ...loopback, port }, witness);
    await witness.until(() => witness.losses.length > 0);
    t.deepEqual(witness.calls, ['lost']);
    t.regex(witness.losses[0] ?? '', /without a handshake|no handshake/);
  });
}

const strangers: Record<string, (socket: TcpSocket) => void> = {
  'hangs up': (socket) => socket.end(),
  'resets the connection': (socket) => socket.resetAndDestroy(),
  'says nothing': () => undefined,
};
for (const [what, greet] of Object.entries(strangers)) {
  test(`a link to one who ${what} is lost, in words`, async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      greet(socket);
    });
    t.teardown(() => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const witness = new Witness();
    start(t).connect({ ...loopback, port }, witness);
    await witness.until(() => witness.losses.length > 0);
    t.deepEqual(witness.calls, ['lost']);
    t.regex(witness.losses[0] ?? '', new RegExp(`^no handshake with 127\\.0\\.0\\.1:${port}: `));
  });
}

/** Starts `helpers/raw-peer-process.ts`. */
function spawnPeer(t: ExecutionContext, role: string, argument = ''): ChildProcess {
  const program = fileURLToPath(new URL('../helpers/raw-peer-process.js', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', program, role, argument], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

/** How a process ended, and what it said. */
async function ending(child: ChildProcess): Promise<{ code: number; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  return { code, output };
}

test('a process that has closed its transports ends by itself', async (t) => {
  t.deepEqual(await ending(spawnPeer(t, 'leave')), { code: 0, output: 'left\n' });
});

test('a process that just exits does so, without a word', async (t) => {
  t.deepEqual(await ending(spawnPeer(t, 'exit')), { code: 3, output: '' });
});

test('the garbage collector takes nothing that is in use', async (t) => {
  t.deepEqual(await ending(spawnPeer(t, 'forget')), { code: 0, output: '' });
});

test('a fault in a handler is seen, and ends nothing', async (t) => {
  t.deepEqual(await ending(spawnPeer(t, 'fault')), { code: 0, output: 'a fault in a handler\n' });
});

for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
  test(`an initiator loses its link to a process that gets a ${signal}`, async (t) => {
    const child = spawnPeer(t, 'listen');
    const [port] = await once(child.stdout as NodeJS.ReadableStream, 'data');
    const witness = new Witness();
    start(t, 100).connect({ ...loopback, port: Number(port) }, witness);
    await witness.until(() => witness.opened > 0);
    child.kill(signal);
    await witness.until(() => witness.losses.length > 0);
    t.deepEqual(witness.losses, [`the connection to 127.0.0.1:${Number(port)} has ended`]);
  });

  test(`an acceptor gets a hint when the initiator's process gets a ${signal}`, async (t) => {
    const host = new Host();
    const { address } = await start(t, 100).listen(loopback, host);
    const child = spawnPeer(t, 'dial', String(address.port));
    await host.until(() => host.guests.length > 0);
    child.kill(signal);
    const [guest] = host.guests;
    await guest?.witness.until(() => guest.witness.hints.length > 0);
    t.deepEqual(guest?.witness.hints, ['its subscription has ended']);
  });
}

test('a flood of frames leaves others their turns', async (t) => {
  const [acceptor, initiator] = [start(t), start(t)];
  const { link, guest } = await connected(acceptor, initiator, loopback);
  const count = 20_000;
  let turns = 0;
  const countTurns = () => {
    turns++;
    if (guest.witness.frames.length <= count) setImmediate(countTurns);
  };
  countTurns();
  for (let number = 0; number < count; number++) link.send(frameOf(initiator, 'flood'));
  await guest.witness.received(1 + count);
  t.true(turns >= count / 256, `${turns} turns`);
});

test('reading goes on after an error, and ends with the socket', async (t) => {
  const answers = [
    () => Promise.reject(new Error('EAGAIN')),
    () => Promise.resolve([Buffer.from('one'), Buffer.from('two')]),
    () => {
      throw new Error('EBUSY');
    },
    () => Promise.resolve([Buffer.from('three')]),
  ];
  const socket = {
    closed: false,
    receive: (): Promise<Buffer[]> => answers.shift()?.() ?? new Promise(() => undefined),
  };
  const taken: string[] = [];
  await new Promise<void>((resolve) => {
    const receiver = new Receiver(socket, systemRuntime, (part) => {
      taken.push(part.toString());
      if (taken.length < 3) return;
      socket.closed = true;
      void receiver.drained().then(resolve);
    });
  });
  t.deepEqual(taken, ['one', 'two', 'three']);
});
