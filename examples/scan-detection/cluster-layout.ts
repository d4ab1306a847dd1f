/**
 * The cluster of this example: a logger, a manager, two proxies and four workers, all on this machine.
 * Only nodes that others connect to have a port. A layout you deploy has fixed ports; this one asks for free ones, so
 * that it starts wherever you try it. `muster up` reads it once, for all nodes.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { LayoutDefinition } from 'muster';

const ip = '127.0.0.1';

export default async function layout(): Promise<LayoutDefinition> {
  return {
    logger: { nodeType: 'logger', ip, port: await freePort() },
    manager: { nodeType: 'manager', ip, port: await freePort() },
    'proxy-1': { nodeType: 'proxy', ip, port: await freePort(), manager: 'manager' },
    'proxy-2': { nodeType: 'proxy', ip, port: await freePort(), manager: 'manager' },
    'worker-1': { nodeType: 'worker', ip, manager: 'manager' },
    'worker-2': { nodeType: 'worker', ip, manager: 'manager' },
    'worker-3': { nodeType: 'worker', ip, manager: 'manager' },
    'worker-4': { nodeType: 'worker', ip, manager: 'manager' },
  };
}

const given = new Set<number>();

/** A port that nothing uses now. From below those that systems give to outgoing connections, so that none takes it later. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, ip);
  try {
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
