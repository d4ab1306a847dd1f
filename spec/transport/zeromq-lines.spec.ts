/**
 * Links of the ZeroMQ transport over connections that fail. Alone in its process, whose event loop the proxy shares.
 */
import test from 'ava';
import { systemRuntime } from '../../runtime.js';
import { createZeromqTransport } from '../../transport/zeromq/transport.js';
import { testLines } from '../contracts/lines.js';
import { CutProxy } from '../helpers/cut-proxy.js';

testLines(test, 'zeromq', () => ({
  transport(pace) {
    const heartbeatInterval = pace === 'hasty' ? 200 : 5_000;
    const heartbeatTimeout = 3 * heartbeatInterval;
    const handshakeTimeout = 10_000;
    return createZeromqTransport({ runtime: systemRuntime, heartbeatInterval, heartbeatTimeout, handshakeTimeout });
  },
  anyPort: { ip: '127.0.0.1', port: 0 },
  async line(t, { ip, port }) {
    const proxy = await CutProxy.open(t, port);
    return {
      address: { ip, port: proxy.port },
      cut: () => proxy.cut(),
      freeze: (way) => proxy.freeze(way),
      heal: () => proxy.heal(),
    };
  },
}));
