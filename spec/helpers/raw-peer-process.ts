/**
 * A process of its own with a ZeroMQ transport, for what only a whole process can show: that it ends, or that it stops.
 *
 *   node raw-peer-process.js listen | dial PORT | leave | exit | forget | fault
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { systemRuntime } from '../../runtime.js';
import { createZeromqTransport } from '../../transport/zeromq/transport.js';
import { connected, dialled, frameOf, Host, Witness } from './link-witness.js';

const loopback = { ip: '127.0.0.1', port: 0 };
const createTransport = () =>
  createZeromqTransport({ runtime: systemRuntime, heartbeatInterval: 100, heartbeatTimeout: 300 });

const roles: Record<string, (argument: string) => Promise<void>> = {
  /** Takes every link, and tells the port. */
  async listen() {
    const { address } = await createTransport().listen(loopback, new Host());
    console.log(address.port);
  },

  /** Opens a link and keeps it. */
  async dial(port) {
    const transport = createTransport();
    const link = transport.connect({ ...loopback, port: Number(port) }, new Witness());
    link.send(frameOf(transport, 'hello'));
  },

  /** Closes all, and has nothing more to do. */
  async leave() {
    const [acceptor, initiator] = [createTransport(), createTransport()];
    const { listener, link } = await connected(acceptor, initiator, loopback);
    initiator.connect({ ...loopback, port: listener.address.port }, new Witness());
    link.send(frameOf(initiator, 'bye'));
    link.close();
    await Promise.all([acceptor.close(), initiator.close()]);
    console.log('left');
  },

  /** Just exits, with frames on the way to one who does not answer. */
  async exit() {
    const [acceptor, initiator] = [createTransport(), createTransport()];
    const { link, guest } = await connected(acceptor, initiator, loopback);
    const silent = createServer().listen(0, loopback.ip);
    await once(silent, 'listening');
    const unanswered = initiator.connect({ ...loopback, port: (silent.address() as AddressInfo).port }, new Witness());
    for (const end of [link, guest.link, unanswered]) {
      for (let number = 0; number < 1_000; number++) end.send(frameOf(initiator, 'never mind'));
    }
    process.exit(3);
  },

  /** Holds nothing but what its handlers hold, while the garbage collector does its worst. */
  async forget() {
    const host = new Host();
    const ask = new WeakRef(await createTransport().listen(loopback, host));
    const { port } = ask.deref()?.address ?? loopback;
    const { witness } = await dialled(
      createTransport(),
      { address: { ...loopback, port }, close: async () => {} },
      host,
    );
    for (let round = 1; round <= 20; round++) {
      globalThis.gc?.();
      await new Promise((resolve) => setImmediate(resolve));
      host.guests[0]?.link.send(frameOf(createTransport(), `round ${round}`));
      await witness.received(round);
    }
    process.exit(0);
  },

  /** Has a handler that throws, and goes on. */
  async fault() {
    process.on('uncaughtException', (error) => console.log(error.message));
    const [acceptor, initiator] = [createTransport(), createTransport()];
    const { link, guest } = await connected(acceptor, initiator, loopback);
    guest.witness.react = (frame) => {
      if (frame.length === initiator.headroom) throw new Error('a fault in a handler');
    };
    for (const payload of ['', 'on', 'and on']) link.send(frameOf(initiator, payload));
    await guest.witness.received(4);
    await Promise.all([acceptor.close(), initiator.close()]);
  },
};

const [role = '', argument = ''] = process.argv.slice(2);
await roles[role]?.(argument);
