/**
 * Known hosts: the script that `muster up … --load known-hosts.ts` runs in each node before the node connects.
 * Which hosts have been seen is kept in a persistent store: the second run knows what the first one found.
 */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { OptionsInput } from 'muster';
import type { Host, HostsNode, Run } from './events.ts';
import { manager } from './manager.ts';
import { worker } from './worker.ts';

/** Who comes and goes is for the cluster log; `--log-level info` shows it here too. */
export const options: OptionsInput = { logLevel: 'warn' };

export default async function knownHosts(node: HostsNode): Promise<void> {
  const input = await findInput(process.argv.slice(2));
  // The same call at every node: the manager gets the master, on its disk, and each worker a clone, in its memory.
  const hosts = node.createStore<string, Host>('known_hosts', { persistent: true });
  const runs = node.createStore<'last', Run>('known_hosts_runs', { persistent: true });
  if (node.localNodeType() === 'manager') await manager(node, await hosts.ready, await runs.ready);
  else worker(node, hosts, input);
}

/** The file to read: `muster up … -- --input FILE`. What it throws keeps the cluster from starting. */
async function findInput(args: string[]): Promise<string> {
  const { values } = parseArgs({ args, options: { input: { type: 'string' } } });
  const input = resolve(process.env.INIT_CWD ?? '', values.input ?? resolve(import.meta.dirname, 'conn.log'));
  await access(input);
  return input;
}
