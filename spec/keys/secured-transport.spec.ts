/**
 * The secured transport keeps the contract of a transport, over real sockets with CURVE and over the simulated network.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'ava';
import { systemRuntime } from '../../runtime.js';
import { SimulatedNetwork } from '../../transport/memory/network.js';
import { createMemoryTransport } from '../../transport/memory/transport.js';
import { testTransport } from '../contracts/transport.js';
import { twins, zeromq } from '../helpers/secured-pair.js';

testTransport(test, 'secured zeromq', () => ({
  transport: twins(zeromq),
  async stranger(t) {
    const server = createServer((socket) => socket.on('error', () => undefined).end());
    t.teardown(() => server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { ip: '127.0.0.1', port: (server.address() as AddressInfo).port };
  },
  anyPort: { ip: '127.0.0.1', port: 0 },
  letArrive: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300),
}));

testTransport(test, 'secured memory', () => {
  const network = new SimulatedNetwork({ runtime: systemRuntime });
  let hosts = 0;
  const create = () => createMemoryTransport(network, { host: `host-${++hosts}`, runtime: systemRuntime });
  return {
    transport: twins(() => {
      const transport = create();
      return {
        headroom: transport.headroom,
        maxFrameSize: transport.maxFrameSize,
        connect: transport.connect.bind(transport),
        settled: transport.settled.bind(transport),
        close: transport.close.bind(transport),
        listen: async (address, handlers) => {
          const listener = await transport.listen(address, handlers);
          return { address: listener.address, close: () => listener.close(), rekey: async () => {} };
        },
      };
    }),
    anyPort: { ip: '127.0.0.1', port: 0 },
    letArrive() {},
    async stranger() {
      const address = { ip: '127.0.0.1', port: 7 };
      network.occupy(address);
      return address;
    },
  };
});
