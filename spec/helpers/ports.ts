/**
 * Free ports. From below those that systems hand out by themselves: else a connection of anybody may take one before a node
 * does that the test starts later.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const [lowest, highest] = [10_240, 32_767];

/** Each process begins somewhere else, and none hands out a port twice in a row. */
let next = randomInt(lowest, highest + 1);

/** `count` different TCP ports that nobody listens on at `host` just now. */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = next;
    next = port === highest ? lowest : port + 1;
    if (await isFree(port, host)) ports.push(port);
  }
  return ports;
}

function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
