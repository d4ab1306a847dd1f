/**
 * Makes a conn.log for this example: 1,000 connections of 60 hosts. The same number and network make the same bytes;
 * `conn.log` beside this file is
 *
 *   npx jiti examples/known-hosts/generate.ts > examples/known-hosts/conn.log
 *
 * and `--hosts N --network 10.1.0` another one.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Lines of JSON, in order of time. */
export function* generateConnLog({ hosts = 60, network = '10.30.0', records = 1_000 } = {}): Generator<string> {
  for (let i = 0; i < records; i++) {
    yield JSON.stringify({
      ts: 1_700_000_000 + i / 10,
      'id.orig_h': `${network}.${1 + ((i * 31 + Math.floor(i / hosts) * 17) % hosts)}`,
      'id.orig_p': 1024 + ((i * 7919) % 64_512),
      'id.resp_h': `192.0.2.${1 + (i % 20)}`,
      'id.resp_p': [22, 53, 80, 443][i % 4],
      proto: 'tcp',
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { hosts: { type: 'string' }, network: { type: 'string' } } });
  const { hosts = '60', network = '10.30.0' } = values;
  for (const line of generateConnLog({ hosts: Number(hosts), network })) process.stdout.write(`${line}\n`);
}
