/**
 * Free ports. From below those that systems hand out by themselves: else a connection of anybody may take one before a node
 * does that the test starts later. And each from a block that this process alone hands out: else another spec may take the
 * port of a node that is about to start again.
 */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const [lowest, highest] = [10_240, 32_767];
const blockSize = 256;
const blocks = (highest + 1 - lowest) / blockSize;

/** Ports of the blocks that are ours and that have not been handed out. */
let ours: Iterator<number> = [][Symbol.iterator]();

/** `count` different TCP ports that nobody listens on at `host` just now, and that no other spec is given. */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const { value: port } = ours.next();
    if (port === undefined) ours = (await claimBlock()).values();
    else if (await isFree(port, host)) ports.push(port);
  }
  return ports;
}

/** A block is claimed by a UDP socket on the first of its ports, which goes with the process. */
async function claimBlock(): Promise<number[]> {
  for (let block = randomInt(blocks); ; block = (block + 1) % blocks) {
    const first = lowest + block * blockSize;
    if (await claims(first)) return Array.from({ length: blockSize }, (_, i) => first + i);
  }
}

function claims(port: number): Promise<boolean> {
  const claim = createSocket('udp4').unref();
  return new Promise((resolve) => {
    claim.once('error', () => {
      claim.close();
      resolve(false);
    });
    claim.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
}

function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
