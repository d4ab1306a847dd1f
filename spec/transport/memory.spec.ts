/**
 * The simulated transport keeps the same contract as the one over ZeroMQ.
 */
import test from 'ava';
import { systemRuntime } from '../../runtime.js';
import { SimulatedNetwork } from '../../transport/memory/network.js';
import { createMemoryTransport } from '../../transport/memory/transport.js';
import { testTransport } from '../contracts/transport.js';

testTransport(test, 'memory', () => {
  const network = new SimulatedNetwork({ runtime: systemRuntime });
  let hosts = 0;
  return {
    transport: () => createMemoryTransport(network, { host: `host-${++hosts}`, runtime: systemRuntime }),
    anyPort: { ip: '127.0.0.1', port: 0 },
    letArrive() {},
  };
});
