/**
 * Addresses as people read them.
 */
import type { Node } from '../layout/types.js';

/** `127.0.0.1:27760`, `[fe80::1%eth0]:27760`; null for a node that does not listen. */
export function formatAddress({ ip, zoneId, port }: Pick<Node, 'ip' | 'zoneId' | 'port'>): string | null {
  if (port === undefined) return null;
  const host = zoneId === undefined ? ip : `${ip}%${zoneId}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
