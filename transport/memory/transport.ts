/**
 * The simulated transport: what ZeroMQ does for a node, over a {@link SimulatedNetwork}.
 */
import { isIP } from 'node:net';
import { MusterError } from '../../errors.js';
import { turn } from '../../runtime.js';
import type { Address, ConnectHandlers, Link, Listener, ListenHandlers, Transport } from '../transport.js';
import { headroom, maxFrameSize } from '../zeromq/frame.js';
import { Caller } from './caller.js';
import type { Host, SimulatedNetwork } from './network.js';
import { Port } from './port.js';

export interface MemoryTransport extends Transport {
  /** The host is gone, as after a power cut: all its connections end, and nothing of it is called any more. */
  breakOff(): void;
}

export function createMemoryTransport(network: SimulatedNetwork, host: Host): MemoryTransport {
  const ports = new Set<Port>();
  const callers = new Set<Caller>();
  let isClosed = false;

  return {
    headroom,
    maxFrameSize,

    async listen(address: Address, handlers: ListenHandlers): Promise<Listener> {
      const where = `${address.ip}:${address.port}`;
      if (isClosed) throw new MusterError('MUSTER_LISTEN_FAILED', `cannot listen at ${where}: it is closed`);
      const port = network.bind(address, (bound) => new Port(network, host, bound, handlers));
      if (port === undefined) throw new MusterError('MUSTER_PORT_TAKEN', `port ${where} is taken`);
      ports.add(port);
      return {
        address: port.address,
        close: async () => {
          ports.delete(port);
          port.close();
        },
      };
    },

    connect(address: Address, handlers: ConnectHandlers): Link {
      if (isClosed) return closedLink;
      if (!isReachable(address)) return unreachable(host, address, handlers);
      const caller: Caller = new Caller(network, host, address, handlers, () => callers.delete(caller));
      callers.add(caller);
      return caller;
    },

    async settled(): Promise<void> {
      const { runtime } = host;
      const wait = network.readers.busyUntil(host.host) - runtime.monotonic();
      if (wait > 0) await new Promise<void>((resolve) => runtime.setTimeout(resolve, wait));
      else await turn(runtime);
    },

    async close(): Promise<void> {
      isClosed = true;
      for (const caller of [...callers]) caller.close();
      for (const port of ports) port.close();
      ports.clear();
    },

    breakOff(): void {
      isClosed = true;
      network.readers.forget(host.host);
      for (const caller of callers) caller.breakOff();
      for (const port of ports) port.breakOff();
      callers.clear();
      ports.clear();
    },
  };
}

function isReachable({ ip, port, zoneId }: Address): boolean {
  return isIP(ip) !== 0 && port > 0 && port < 0x1_0000 && (zoneId === undefined || /^\w+$/.test(zoneId));
}

const closedLink: Link = { id: '0'.repeat(32), send() {}, close() {} };

function unreachable({ runtime }: Host, { ip, port }: Address, handlers: ConnectHandlers): Link {
  let isClosed = false;
  runtime.endOfTurn(() => {
    if (!isClosed) handlers.lost(`cannot connect to ${ip}:${port}: that is no address of a node`);
  });
  return {
    ...closedLink,
    close() {
      isClosed = true;
    },
  };
}
