/**
 * `muster store list`, `keys`, `get`, `put`, `erase`: ask the masters of a running cluster.
 */
import { askStores } from '../control-client.js';
import { exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import type { NodeStores, StoreOperation } from '../messages.js';
import { printJson, printLine, printNews, printWarning } from '../print.js';
import { LineOutput } from '../stores/line-output.js';
import type { Json } from '../stores/notation.js';
import { type StoreOverview, storesIn } from '../stores/overview.js';
import { askStore } from '../stores/store-client.js';
import { alignColumns } from '../words.js';

export interface StoreCommand {
  readonly layout?: string;
  readonly stateDir?: string;
  readonly json?: boolean;
}

/** @throws {@link MusterError} `MUSTER_SUPERVISOR_ABSENT`, as all that follow. */
export async function list({ layout, stateDir, json = false }: StoreCommand): Promise<number> {
  const nodes = await askStores(await findStateDir(stateDir, layout));
  const stores = storesIn(nodes);
  if (json) for (const store of stores) printJson(store);
  else if (stores.length === 0) printLine('no stores');
  else for (const line of tableOf(stores, nodes)) printLine(line);
  return warnOfSilent(nodes) ? exitCodes.failed : exitCodes.ok;
}

/** @throws {@link MusterError} `MUSTER_STORE_UNKNOWN`, `MUSTER_STORE_UNREACHABLE`, as all that follow. */
export async function keys(name: string, { json = false, ...where }: StoreCommand): Promise<number> {
  const output = new LineOutput(undefined);
  const take = async (line: string): Promise<void> => {
    await output.write(json ? line : JSON.stringify(JSON.parse(line).key));
  };
  try {
    await ask(name, { operation: 'keys' }, where, take);
    await output.close();
  } catch (error) {
    await output.abandon();
    if (!output.isUnread) throw error;
  }
  return exitCodes.ok;
}

/** @throws {@link MusterError} also `MUSTER_STORE_NO_SUCH_KEY` */
export async function get(name: string, key: Json, { json = false, ...where }: StoreCommand): Promise<number> {
  await ask(name, { operation: 'get', key }, where, async (line) => {
    if (json) {
      printLine(line);
      return;
    }
    const { value, expiry } = JSON.parse(line);
    printLine(JSON.stringify(value));
    if (expiry !== undefined) printNews(`expires at ${new Date(expiry).toISOString()}`);
  });
  return exitCodes.ok;
}

export interface PutCommand extends StoreCommand {
  /** In ms. */
  readonly expiry?: number;
}

export async function put(
  name: string,
  key: Json,
  value: Json,
  { expiry, json = false, ...where }: PutCommand,
): Promise<number> {
  await ask(name, { operation: 'put', key, value, ...(expiry !== undefined && { expiry }) }, where);
  if (json) printJson({ type: 'put', store: name, key });
  else printLine(`put ${JSON.stringify(key)}`);
  return exitCodes.ok;
}

export async function erase(name: string, key: Json, { json = false, ...where }: StoreCommand): Promise<number> {
  const { count } = await ask(name, { operation: 'erase', key }, where);
  if (json) printJson({ type: 'erased', store: name, key, count });
  else printLine(count > 0 ? `erased ${JSON.stringify(key)}` : `there is no ${JSON.stringify(key)}`);
  return exitCodes.ok;
}

/** Says which nodes do not answer. @returns whether there are any. */
export function warnOfSilent(nodes: readonly NodeStores[]): boolean {
  const silent = nodes.filter(({ stores }) => stores === null).map(({ name }) => name);
  for (const name of silent) printWarning(`${name} does not answer: what it has is not shown`);
  return silent.length > 0;
}

async function ask(
  store: string,
  operation: StoreOperation,
  { stateDir, layout }: StoreCommand,
  take?: (line: string) => Promise<void>,
) {
  const where = await findStateDir(stateDir, layout);
  return askStore(where, { type: 'store', store, ...operation }, { ...(take && { take }) });
}

function tableOf(stores: readonly StoreOverview[], nodes: readonly NodeStores[]): string[] {
  const rows = stores.map(({ name, backend, size, masterNode, replicas }) => {
    const master = replicas.find(({ role }) => role === 'master');
    const clones = replicas.filter(({ role }) => role === 'clone');
    const isSilent = nodes.some((node) => node.name === masterNode && node.stores === null);
    return [
      name,
      backend,
      `${size ?? '-'}`,
      masterNode,
      master?.problem ?? master?.state ?? (isSilent ? 'silent' : 'not here'),
      clones.map(({ node, state }) => (state === 'live' ? node : `${node} (${state})`)).join(', ') || '-',
    ];
  });
  const title = ['STORE', 'BACKEND', 'ENTRIES', 'MASTER', 'STATE', 'CLONES'];
  return alignColumns([title, ...rows]).map((row) => row.join('  ').trimEnd());
}
