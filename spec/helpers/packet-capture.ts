/**
 * Packet capture: all that passes over a cable of {@link openNetworks}, byte by byte, read from the kernel by `python3`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import type { Cable } from './networks.js';
import { guard } from './node-process-guard.js';

/** Ends with its input. A packet may be as long as offloading makes it. */
const program = `
import select, socket, sys
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
tap.bind((sys.argv[1], 0))
sys.stderr.write('up')
sys.stderr.flush()
while True:
    ready, _, _ = select.select([tap, sys.stdin], [], [])
    if tap in ready:
        sys.stdout.buffer.write(tap.recv(1 << 17))
        sys.stdout.buffer.flush()
    elif not sys.stdin.read(1):
        break
`;

/** Why packets can't be captured here; undefined if they can. */
export function whyNoCapture(): string | undefined {
  try {
    execFileSync('python3', ['-c', 'import socket; socket.AF_PACKET'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().split('\n').join('; ');
  }
}

export interface Capture {
  /** Ends it. @returns the packets, one after the other, headers included. */
  end(): Promise<Buffer>;
}

/** Begins a capture, which ends with the test at the latest. */
export async function capture(t: ExecutionContext, { within: [command, ...args], device }: Cable): Promise<Capture> {
  const tap = spawn(command, [...args, 'python3', '-c', program, device], { stdio: ['pipe', 'pipe', 'pipe'] });
  guard(tap);
  t.teardown(() => tap.kill());
  const packets: Buffer[] = [];
  tap.stdout.on('data', (packet: Buffer) => packets.push(packet));
  const ended = once(tap, 'close');
  const [word] = await once(tap.stderr, 'data');
  if (String(word) !== 'up') throw new Error(`no capture: ${word}`);
  return {
    async end() {
      tap.stdin.end();
      await ended;
      return Buffer.concat(packets);
    },
  };
}
