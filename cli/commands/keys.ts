/**
 * `muster keys`: makes, shows, replaces and checks the keys of a layout's nodes. What it prints is never a secret.
 */
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { MusterError, messageOf } from '../../errors.js';
import {
  type PublicKeys,
  publicFileOf,
  readPublicKeys,
  readSecret,
  secretFileOf,
  writePublicKeys,
  writeSecret,
} from '../../keys/key-files.js';
import { createKeyPair } from '../../keys/key-pair.js';
import { loadLayout } from '../../layout/load-layout.js';
import { requireNode } from '../../layout/nodes.js';
import type { Layout } from '../../layout/types.js';
import { exitCodes } from '../exit-codes.js';
import { printJson, printLine, printNews, printWarning } from '../print.js';
import { stateDirOf } from '../state-dir.js';
import { alignColumns } from '../words.js';

export interface KeysCommand {
  /** Default: the one found in the search path. */
  readonly layout?: string;
  readonly stateDir?: string;
  readonly keysDir?: string;
  readonly json?: boolean;
}

interface Place {
  readonly directory: string;
  readonly layout: Layout;
  readonly names: readonly string[];
  readonly known: PublicKeys;
}

/** Makes keys for all nodes that have none. */
export async function init(command: KeysCommand): Promise<number> {
  const place = await find(command);
  const fresh = place.names.filter((name) => !place.known.has(name));
  for (const name of fresh) await refuseSecret(place, name);
  await make(place, fresh);
  const { directory } = place;
  tell(command, { type: 'made', directory, nodes: fresh }, [
    fresh.length > 0 ? `made keys for ${fresh.join(', ')} in ${shown(directory)}` : 'all nodes have keys already',
    ...(fresh.length > 0
      ? [`each machine needs ${shown(publicFileOf(directory))} and the .secret files of its nodes only`]
      : []),
  ]);
  return exitCodes.ok;
}

/** Makes a key for one node, which has none. */
export async function add(name: string, command: KeysCommand): Promise<number> {
  const place = await find(command);
  requireNode(place.layout, name);
  if (place.known.has(name)) throw invalid(`${name} has a key already; "muster keys rotate ${name}" replaces it`);
  await refuseSecret(place, name);
  await make(place, [name]);
  tell(command, { type: 'made', directory: place.directory, nodes: [name] }, [
    `made a key for ${name} in ${shown(place.directory)}`,
    `its machine needs ${shown(secretFileOf(place.directory, name))}; all need ${shown(publicFileOf(place.directory))}`,
  ]);
  return exitCodes.ok;
}

/** Makes a second key for a node, or, with `finish`, takes the first one back. */
export async function rotate(
  name: string,
  { finish = false, ...command }: KeysCommand & { finish?: boolean },
): Promise<number> {
  const place = await find(command);
  requireNode(place.layout, name);
  const [newest, older] = place.known.get(name) ?? [];
  if (newest === undefined) throw missing(`${name} has no key to replace; "muster keys add ${name}" makes one`);
  if (finish) {
    if (older === undefined) throw invalid(`the key of ${name} is not being replaced: it has one only`);
    await publish(place, new Map([[name, [newest]]]));
    tell(command, { type: 'rotated', node: name, publicKeys: [newest] }, [
      `the old key of ${name} is accepted no more, wherever ${shown(publicFileOf(place.directory))} is read again`,
    ]);
    return exitCodes.ok;
  }
  if (older !== undefined) {
    throw invalid(`the key of ${name} is being replaced already; "muster keys rotate ${name} --finish" ends that`);
  }
  const pair = createKeyPair();
  // Others have to know it before anybody uses it.
  await publish(place, new Map([[name, [pair.publicKey, newest]]]));
  await writeSecret(place.directory, name, pair);
  tell(command, { type: 'rotated', node: name, publicKeys: [pair.publicKey, newest] }, [
    `${name} has a new key; both are accepted, wherever ${shown(publicFileOf(place.directory))} is read again`,
    `once all nodes run with them: muster keys rotate ${name} --finish`,
  ]);
  return exitCodes.ok;
}

/** Shows whose public keys there are, and whose secret ones are here. */
export async function show(command: KeysCommand): Promise<number> {
  const { directory, names, known } = await find(command);
  const nodes = await Promise.all(
    names.map(async (name) => ({
      name,
      publicKeys: known.get(name) ?? [],
      isSecretHere: (await stat(secretFileOf(directory, name)).catch(() => undefined)) !== undefined,
    })),
  );
  if (command.json) {
    for (const node of nodes) printJson({ type: 'key', ...node });
    return exitCodes.ok;
  }
  const rows = nodes.map(({ name, publicKeys, isSecretHere }) => [
    name,
    isSecretHere ? 'here' : '-',
    publicKeys.join(' ') || '-',
  ]);
  for (const row of alignColumns([['NODE', 'SECRET', 'PUBLIC (NEWEST FIRST)'], ...rows]))
    printLine(row.join('  ').trimEnd());
  return exitCodes.ok;
}

/** Checks that all is there and fits together, and that nobody else may read secrets. */
export async function check(command: KeysCommand): Promise<number> {
  const { directory, names, known } = await find(command);
  const problems: string[] = [];
  const notes: string[] = [];
  const mode = (await stat(directory).catch(() => undefined))?.mode ?? 0;
  if ((mode & 0o022) !== 0) problems.push(`${directory}: others may write to it: chmod 700 it`);
  for (const name of names) {
    const keys = known.get(name);
    if (keys === undefined) problems.push(`${name} has no key: "muster keys add ${name}" makes one`);
    else if (keys.length > 1)
      notes.push(`the key of ${name} is being replaced; "muster keys rotate ${name} --finish" ends that`);
    try {
      const pair = await readSecret(directory, name);
      if (pair !== undefined && !keys?.includes(pair.publicKey)) {
        problems.push(`${secretFileOf(directory, name)} is not the secret of a key in public.json`);
      }
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  for (const name of known.keys()) {
    if (!names.includes(name)) notes.push(`public.json has a key of ${name}, which is no node of the layout`);
  }
  if (command.json) printJson({ type: 'keys', directory, problems, notes });
  else {
    for (const line of [...problems, ...notes]) printWarning(line);
    if (problems.length === 0) printLine(`the keys in ${shown(directory)} are good: ${names.length} nodes`);
  }
  return problems.length === 0 ? exitCodes.ok : exitCodes.keys;
}

async function find({ layout: source, stateDir, keysDir }: KeysCommand): Promise<Place> {
  const { layout, file, keysDir: named } = await loadLayout(source, process.env);
  const directory = keysDir ?? named ?? join(stateDirOf(stateDir, file), 'keys');
  return { directory, layout, names: Object.keys(layout), known: await readPublicKeys(directory) };
}

/** A secret that nobody knows of is not written over: it may be in use elsewhere. */
async function refuseSecret({ directory }: Place, name: string): Promise<void> {
  if ((await readSecret(directory, name)) === undefined) return;
  throw invalid(
    `${secretFileOf(directory, name)} is there, but public.json has no key of ${name}: ` +
      'bring the public.json that belongs to it, or remove the secret',
  );
}

async function make(place: Place, names: readonly string[]): Promise<void> {
  const pairs = names.map((name) => [name, createKeyPair()] as const);
  for (const [name, pair] of pairs) await writeSecret(place.directory, name, pair);
  if (pairs.length > 0) await publish(place, new Map(pairs.map(([name, { publicKey }]) => [name, [publicKey]])));
}

/** In the order of the layout; what belongs to nodes that are not in it stays, at the end. */
async function publish({ directory, names, known }: Place, changed: PublicKeys): Promise<void> {
  const all = new Map([...known, ...changed]);
  const order = [...names.filter((name) => all.has(name)), ...[...all.keys()].filter((name) => !names.includes(name))];
  await writePublicKeys(directory, new Map(order.map((name) => [name, all.get(name) ?? []])));
}

function tell({ json = false }: KeysCommand, object: object, lines: readonly string[]): void {
  if (json) printJson(object);
  else for (const line of lines) printNews(line);
}

function shown(path: string): string {
  const near = relative('.', path);
  return near.startsWith('..') ? path : near;
}

function invalid(message: string): MusterError {
  return new MusterError('MUSTER_KEY_INVALID', message);
}

function missing(message: string): MusterError {
  return new MusterError('MUSTER_KEY_MISSING', message);
}
