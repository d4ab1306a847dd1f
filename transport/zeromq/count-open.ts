/**
 * Counting open connections: how many an address has at a listener, by the table of the system. Libzmq cannot be asked: what it
 * tells of a connection names the listener alone, so that nobody learns whose connection has ended.
 */
import { readFile } from 'node:fs/promises';
import { isIPv6, SocketAddress } from 'node:net';
import { endianness } from 'node:os';
import type { Address } from '../transport.js';

/** States in which a connection has a descriptor: established; and closed by the other side, not yet by this one. */
const openStates = new Set(['01', '08']);

/**
 * Connections from the address `from`, as libzmq writes it, whether they are through with their handshake or not.
 * @returns `undefined` where there is no such table: on other systems than Linux.
 */
export async function countOpen(listener: Address, from: string): Promise<number | undefined> {
  const table = await readFile(isIPv6(listener.ip) ? '/proc/net/tcp6' : '/proc/net/tcp', 'latin1').catch(
    () => undefined,
  );
  return table === undefined ? undefined : countIn(table, listener, from);
}

/** The same of a table that has been read. `isLittle`: whether the system that wrote it is little-endian. */
export function countIn(table: string, listener: Address, from: string, isLittle = endianness() === 'LE'): number {
  const port = listener.port.toString(16).toUpperCase().padStart(4, '0');
  const own = normalOf(listener.ip);
  const isOwn = (ip: string) => isAny(own) || addressIn(ip, isLittle) === own;
  const counts = new Map<string, number>();
  for (const line of table.split('\n').slice(1)) {
    const [, local = '', remote = '', state = ''] = line.trim().split(/ +/, 4);
    const [ip = '', localPort] = local.split(':');
    if (localPort !== port || !openStates.has(state) || !isOwn(ip)) continue;
    const [other = ''] = remote.split(':');
    counts.set(other, (counts.get(other) ?? 0) + 1);
  }
  const wanted = normalOf(from);
  for (const [other, count] of counts) if (addressIn(other, isLittle) === wanted) return count;
  return 0;
}

function isAny(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::';
}

/** As everybody writes it, without a zone. */
function normalOf(address: string): string {
  return new SocketAddress({ address, family: isIPv6(address) ? 'ipv6' : 'ipv4' }).address;
}

/** Words of 32 bits, each as a number of the system that wrote them. */
function addressIn(hex: string, isLittle: boolean): string {
  const bytes = Buffer.from(hex, 'hex');
  if (isLittle) bytes.swap32();
  return bytes.length === 4 ? bytes.join('.') : normalOf((bytes.toString('hex').match(/.{4}/g) ?? []).join(':'));
}
