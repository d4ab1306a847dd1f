/**
 * Ports as users write them: a number, or Zeek's `27762/tcp`.
 */

/** What a port may be, for messages; with a hint on why `given` is none. */
export function portRule(given: unknown): string {
  const rule = 'a TCP port from 1 to 65535, such as 27762 or "27762/tcp", or 0 for none';
  return typeof given === 'string' && /^\d+\/(udp|icmp)$/.test(given) ? `${rule}: nodes talk over TCP only` : rule;
}

/** The port that `given` means, 0 for none; `undefined` if it is no port. */
export function parsePort(given: unknown): number | undefined {
  if (given === '0/unknown') return 0;
  const [, digits] = typeof given === 'string' ? (/^(\d{1,5})\/tcp$/.exec(given) ?? []) : [];
  const port = digits === undefined ? given : Number(digits);
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}
