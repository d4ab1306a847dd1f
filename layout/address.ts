/**
 * IP addresses of a layout: which are allowed, when two are the same, and which need a zone.
 */
import { isIP, isIPv6, SocketAddress } from 'node:net';

/** What an address may be, for messages; with a hint on why `given` is none. */
export function addressRule(given: unknown): string {
  const rule = 'an IPv4 or IPv6 address';
  if (typeof given !== 'string' || given === '') return rule;
  if (given.includes('%')) return `${rule} without "%": a zone goes into zoneId`;
  if (/^\[.*\]$/.test(given)) return `${rule} without brackets`;
  if (/^[\d.]+$/.test(given) || given.includes(':')) return rule;
  return `${rule} (host names are not resolved)`;
}

/** Whether `text` is an address: no host name, no brackets, no zone. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

/** The one spelling of an address: IPv6 compressed and in lower case, an IPv4-mapped one as IPv4. */
export function canonicalAddress(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const { address } = new SocketAddress({ address: ip, family: 'ipv6' });
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Whether `ip` is in fe80::/10, where an address means nothing without its zone. */
export function isLinkLocal(ip: string): boolean {
  return /^fe[89ab][0-9a-f]:/.test(canonicalAddress(ip));
}

/** Whether `ip` reaches this machine alone. */
export function isLoopback(ip: string): boolean {
  const address = canonicalAddress(ip);
  return address === '::1' || address.startsWith('127.');
}

/** Whether `ip` stands for all addresses of a machine: good to listen on, not to connect to. */
export function isUnspecified(ip: string): boolean {
  return ['0.0.0.0', '::'].includes(canonicalAddress(ip));
}
