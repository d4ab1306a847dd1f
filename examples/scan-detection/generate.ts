/**
 * Makes a conn.log for this example: clients that use a handful of services each, and between them some scanners.
 * The same records and seed make the same bytes; `conn.log` beside this file is
 *
 *   npx jiti examples/scan-detection/generate.ts > examples/scan-detection/conn.log
 *
 * and `--records N --seed N` make others.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

type Target = readonly [destination: string, port: number];

interface Source {
  readonly address: string;
  readonly targets: readonly Target[];
}

/** Lines of JSON, in order of time. From 2,000 records on every scan is in it, spread over the whole file. */
export function* generateConnLog({ records = 20_000, seed = 1 } = {}): Generator<string> {
  const random = createRandom(seed);
  const clients = createClients(random);
  const scans = shuffled(
    scanners.flatMap(({ address, targets }) => targets.map((target) => [address, target] as const)),
    random,
  );
  let time = 1_700_000_000;

  for (let left = records; left > 0; left--) {
    // As many of the places that are left go to scans as there are scans left.
    const scan = random() * left < scans.length ? scans.pop() : undefined;
    const client = pick(clients, random);
    const [source, [destination, port]] = scan ?? [client.address, pick(client.targets, random)];
    time += random() * 0.4;
    yield JSON.stringify({
      ts: Number(time.toFixed(6)),
      uid: `C${Array.from({ length: 8 }, () => pick(letters, random)).join('')}`,
      'id.orig_h': source,
      'id.orig_p': 1024 + Math.floor(random() * 64_512),
      'id.resp_h': destination,
      'id.resp_p': port,
      proto: port === 53 || port === 123 ? 'udp' : 'tcp',
      conn_state: scan ? pick(['S0', 'REJ', 'RSTO'], random) : 'SF',
    });
  }
}

/** Who tries too much. */
const scanners: readonly Source[] = [
  { address: '203.0.113.66', targets: range(1, 254, (host) => [`10.20.0.${host}`, 22]) }, // one port on a whole network
  { address: '198.51.100.23', targets: range(1, 1_000, (port) => ['10.20.0.5', port]) }, // all low ports of one host
  { address: '2001:db8:bad::1', targets: range(1, 120, (host) => [`2001:db8:20::${host.toString(16)}`, 445]) },
  { address: '2001:db8:20::17', targets: range(1, 60, (host) => [`2001:db8:30::${host.toString(16)}`, 3389]) }, // a client gone bad
  { address: '192.0.2.99', targets: range(1, 18, (host) => [`10.20.${host}.1`, 8_000 + host]) }, // a slow and careful one
];

/** 250 hosts of 3 to 12 services each, a fifth of them with IPv6, and two that are busy but harmless. */
function createClients(random: () => number): Source[] {
  const services = [22, 25, 53, 80, 123, 443, 993, 3306, 5432, 8080];
  const servers = (network: string, digits: number) =>
    range(1, 40, (host): Target => [`${network}${host.toString(digits)}`, pick(services, random)]);
  const servers4 = servers('192.0.2.', 10);
  const servers6 = servers('2001:db8:443::', 16);

  const clients = range(1, 250, (host): Source => {
    const [address, known] =
      host % 5 === 0 ? [`2001:db8:20::${host.toString(16)}`, servers6] : [`10.20.${host % 4}.${host}`, servers4];
    return { address, targets: shuffled(known, random).slice(0, 3 + Math.floor(random() * 10)) };
  });
  const monitor: Source = { address: '10.20.0.254', targets: servers4.slice(0, 14) };
  const resolver: Source = { address: '2001:db8:20::53', targets: servers6.slice(0, 10) };
  return [...clients, ...Array<Source>(25).fill(monitor), ...Array<Source>(25).fill(resolver)];
}

/** Mulberry32: numbers from 0 to below 1, the same ones for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)] as T;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0] as T);
}

function range<T>(first: number, last: number, make: (n: number) => T): T[] {
  return Array.from({ length: last - first + 1 }, (_, i) => make(first + i));
}

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { records: { type: 'string' }, seed: { type: 'string' } } });
  const { records = '20000', seed = '1' } = values;
  for (const line of generateConnLog({ records: Number(records), seed: Number(seed) }))
    process.stdout.write(`${line}\n`);
}
