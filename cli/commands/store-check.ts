/**
 * `muster store check`: whether the replicas of stores are equal; without a cluster, whether their files are what was written.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MusterError, messageOf } from '../../errors.js';
import { askStores } from '../control-client.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';
import { findStateDir } from '../find-state-dir.js';
import type { NodeStores } from '../messages.js';
import { codeOf, printJson, printLine, printWarning } from '../print.js';
import { type Comparison, compare, type Verdict } from '../stores/compare.js';
import { countEntries } from '../stores/entry-lines.js';
import { masterOf } from '../stores/masters.js';
import { showDigest, storesIn } from '../stores/overview.js';
import { findStoreFiles, listStoreFiles, openStoreFiles, type StoreFiles } from '../stores/store-files.js';
import { isClusterRunning } from '../stores/whereabouts.js';
import { alignColumns } from '../words.js';
import { type StoreCommand, warnOfSilent } from './store.js';

/** Replicas that are behind are looked at again after a pause, and given up when they have not moved for so long; in ms. */
const pause = 100;
const patience = 5_000;

export interface CheckCommand extends StoreCommand {
  readonly storeDir?: string;
}

/** @throws {@link MusterError} `MUSTER_STORE_UNKNOWN`, `MUSTER_SUPERVISOR_RUNNING` */
export async function checkStores(
  name: string | undefined,
  { layout, stateDir, storeDir, json = false }: CheckCommand,
): Promise<number> {
  const where = await findStateDir(stateDir, layout);
  if (await isClusterRunning(where, storeDir)) return checkCluster(where, name, json);
  const files =
    name === undefined ? await listStoreFiles(where, storeDir) : [await findStoreFiles(name, where, storeDir)];
  if (files.length === 0 && !json) printLine('no stores');
  let exitCode: number = exitCodes.ok;
  for (const one of files) exitCode = worse(exitCode, await checkFiles(one, json));
  return exitCode;
}

async function checkCluster(stateDir: string, name: string | undefined, json: boolean): Promise<number> {
  let deadline = performance.now() + patience;
  let progress = 0;
  let comparisons: Comparison[] = [];
  let nodes: readonly NodeStores[] = [];
  do {
    if (comparisons.length > 0) await sleep(pause);
    nodes = await askStores(stateDir);
    const stores = storesIn(nodes).filter((store) => name === undefined || store.name === name);
    if (name !== undefined && stores.length === 0) masterOf(name, nodes);
    comparisons = stores.map((store) =>
      compare(
        store,
        comparisons.find((before) => before.name === store.name),
      ),
    );
    const reached = progressOf(comparisons);
    if (reached > progress) deadline = performance.now() + patience;
    progress = reached;
  } while (comparisons.some(({ isOpen }) => isOpen) && performance.now() < deadline);

  const isSilent = warnOfSilent(nodes);
  if (comparisons.length === 0 && !json) printLine('no stores');
  for (const { isOpen: _, since: __, ...comparison } of comparisons) {
    if (json) printJson({ type: 'check', ...comparison });
  }
  if (!json && comparisons.length > 0) show(comparisons);
  return comparisons.map(({ verdict }) => codeFor[verdict]).reduce(worse, isSilent ? exitCodes.failed : exitCodes.ok);
}

/** How far those have come that are behind: more than before if they move. */
function progressOf(comparisons: readonly Comparison[]): number {
  const behind = comparisons.flatMap(({ replicas }) => replicas.filter(({ verdict }) => verdict === 'behind'));
  return behind.reduce((sum, { sequence }) => sum + (sequence ?? 0), 0);
}

const codeFor: Readonly<Record<Verdict, number>> = {
  equal: exitCodes.ok,
  following: exitCodes.ok,
  behind: exitCodes.failed,
  failed: exitCodes.failed,
  differs: exitCodes.storeDamaged,
};

/** Damage counts more than any other failure. */
function worse(one: number, other: number): number {
  return Math.max(one, other);
}

function show(comparisons: readonly Comparison[]): void {
  const title = ['STORE', 'NODE', 'ROLE', 'STATE', 'ENTRIES', 'SEQUENCE', 'EPOCH', 'DIGEST', 'VERDICT'];
  const rows = comparisons.flatMap(({ name, replicas }) =>
    replicas.map(({ node, role, state, size, sequence, epoch, digest, verdict }) =>
      [name, node, role, state, size, sequence, epoch, digest, verdict].map((cell) => `${cell ?? '-'}`),
    ),
  );
  for (const row of alignColumns([title, ...rows])) printLine(row.join('  ').trimEnd());
  for (const { name, verdict, replicas } of comparisons) {
    const hasMaster = replicas.some(({ role }) => role === 'master');
    printLine(`${name}: ${verdictWords(verdict, replicas.length)}${hasMaster ? '' : '; its master is not here'}`);
    for (const { node, problem } of replicas) if (problem !== null) printWarning(`${node}: ${problem}`);
  }
}

function verdictWords(verdict: Verdict, count: number): string {
  switch (verdict) {
    case 'equal':
      return count === 1 ? 'one replica' : `${count} replicas are equal`;
    case 'following':
      return `${count} replicas; it changes all the time, and those without "equal" keep up with it`;
    case 'behind':
      return `some replicas are behind, and have not moved for ${patience / 1_000} s`;
    case 'differs':
      return 'REPLICAS DIFFER';
    case 'failed':
      return 'its master cannot be opened';
    default:
      return verdict satisfies never;
  }
}

async function checkFiles(files: StoreFiles, json: boolean): Promise<number> {
  const { name, path } = files;
  try {
    const backend = await openStoreFiles(files, { integrityCheck: true });
    const { size = 0, sequence = 0, digest = 0, epoch = null } = backend.state ?? {};
    await backend.close();
    if (json)
      printJson({ type: 'check', name, path, verdict: 'good', size, sequence, epoch, digest: showDigest(digest) });
    else printLine(`${name}: good, ${countEntries(size)}, ${path}`);
    return exitCodes.ok;
  } catch (error) {
    const isDamaged = error instanceof MusterError && error.code === 'MUSTER_STORE_DAMAGED';
    const verdict = isDamaged ? 'damaged' : 'failed';
    if (json) printJson({ type: 'check', name, path, verdict, code: codeOf(error), message: messageOf(error) });
    else printLine(`${name}: ${isDamaged ? 'DAMAGED' : 'cannot be checked'}: ${messageOf(error)}`);
    return exitCodeOf(error);
  }
}
