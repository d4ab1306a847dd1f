/**
 * Endpoint: addresses as libzmq takes them and as people read them.
 * Libzmq wraps wrong ports around and resolves names in the thread that moves everybody's frames, so only what has
 * been checked reaches it, and only numbers.
 */
import { isIP, isIPv6 } from 'node:net';
import type { Address } from '../transport.js';

/** Ends at what would end the zone in an endpoint. */
const zonePattern = /^[^\s%\]/]+$/;

/** `10.0.0.1:80`, `[fe80::1%eth0]:80` */
export function describe({ ip, port, zoneId }: Address): string {
  const host = zoneId === undefined ? ip : `${ip}%${zoneId}`;
  return isIPv6(ip) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @throws `RangeError` that says what is wrong with the address. Port 0 is for listening only. */
export function endpointOf(address: Address, purpose: 'listen' | 'connect'): string {
  const { ip, port, zoneId } = address;
  if (isIP(ip) === 0 || ip.includes('%')) throw new RangeError(`${ip} is no IP address`);
  const least = purpose === 'listen' ? 0 : 1;
  if (!Number.isInteger(port) || port < least || port > 65_535) {
    throw new RangeError(`${port} is no port from ${least} to 65535`);
  }
  if (zoneId !== undefined && !(isIPv6(ip) && zonePattern.test(zoneId))) {
    throw new RangeError(`${zoneId} is no zone of ${ip}`);
  }
  return `tcp://${describe(address)}`;
}

/** The port in an endpoint that libzmq gives back. */
export function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(':') + 1));
}
