/**
 * Key files: a directory with `<node>.secret` for each node whose secret key is on this machine, readable by its owner
 * alone, and `public.json` with the public keys of all nodes, which may be shared.
 * Each file is written beside its place and then put there, so that nobody ever reads half of one.
 */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MusterError, messageOf } from '../errors.js';
import { isValidName } from '../layout/names.js';
import { type KeyPair, keyBytes, readKeyPair } from './key-pair.js';

/** Public keys of nodes by name, the newest first: two while a key is being replaced. */
export type PublicKeys = ReadonlyMap<string, readonly string[]>;

export function publicFileOf(directory: string): string {
  return join(directory, 'public.json');
}

/** @throws `RangeError` for a name that is none. */
export function secretFileOf(directory: string, name: string): string {
  if (!isValidName(name)) throw new RangeError(`${JSON.stringify(name)} is no name`);
  return join(directory, `${name}.secret`);
}

/** Empty if there is no such file. @throws {@link MusterError} `MUSTER_KEY_INVALID` */
export async function readPublicKeys(directory: string): Promise<PublicKeys> {
  const file = publicFileOf(directory);
  const text = await read(file);
  if (text === undefined) return new Map();
  const keys = new Map<string, readonly string[]>();
  const owners = new Map<string, string>();
  for (const [name, value] of Object.entries(parse(file, text))) {
    if (!isValidName(name) || !Array.isArray(value) || value.length < 1 || value.length > 2) {
      throw invalid(
        file,
        `expected one or two public keys for each node, got something else for ${JSON.stringify(name)}`,
      );
    }
    for (const key of value) {
      if (typeof key !== 'string' || keyBytes(key) === undefined) throw invalid(file, `${name} has a key that is none`);
      const owner = owners.get(key);
      if (owner !== undefined) throw invalid(file, `${owner} and ${name} have the same key`);
      owners.set(key, name);
    }
    keys.set(name, value);
  }
  return keys;
}

export async function writePublicKeys(directory: string, keys: PublicKeys): Promise<void> {
  await write(directory, publicFileOf(directory), `${JSON.stringify(Object.fromEntries(keys), undefined, 2)}\n`, 0o644);
}

/**
 * The key pair of a node; undefined if its secret key is not here.
 * @throws {@link MusterError} `MUSTER_KEY_INVALID`, also if anybody but the owner of the file may read it.
 */
export async function readSecret(directory: string, name: string): Promise<KeyPair | undefined> {
  const file = secretFileOf(directory, name);
  const text = await read(file);
  if (text === undefined) return undefined;
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0)
    throw invalid(file, 'others may read it, or change it: chmod 600 it, or better replace the key');
  const { secretKey } = parse(file, text) as { readonly secretKey?: unknown };
  const pair = typeof secretKey === 'string' ? readKeyPair(secretKey) : undefined;
  if (pair === undefined) throw invalid(file, 'it holds no secret key');
  return pair;
}

export async function writeSecret(directory: string, name: string, { publicKey, secretKey }: KeyPair): Promise<void> {
  const content = { node: name, publicKey, secretKey: secretKey.reveal() };
  await write(directory, secretFileOf(directory, name), `${JSON.stringify(content, undefined, 2)}\n`, 0o600);
}

async function write(directory: string, file: string, text: string, mode: number): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const draft = `${file}.draft`;
  const handle = await open(draft, 'w', mode);
  try {
    await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

/** Undefined if there is no such file. */
async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw invalid(file, messageOf(cause));
  }
}

/** What the file says is no part of any message: it may be a secret. */
function parse(file: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(file, 'it is no JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalid(file, 'it is no JSON object');
}

function invalid(file: string, what: string): MusterError {
  return new MusterError('MUSTER_KEY_INVALID', `${file}: ${what}`);
}
