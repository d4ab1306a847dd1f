/**
 * Keys for the nodes of a test, in files as `muster keys init` makes them.
 */
import { join } from 'node:path';
import type { OptionsInput } from '../../index.js';
import { readPublicKeys, writePublicKeys, writeSecret } from '../../keys/key-files.js';
import { createKeyPair, type KeyPair } from '../../keys/key-pair.js';

/** Options with which nodes on loopback use keys. */
export const withKeys: OptionsInput = { secureLoopback: true };

/** Makes a key for each of these nodes in a state directory. @returns the pairs by name. */
export async function makeKeys(stateDir: string, names: readonly string[]): Promise<Record<string, KeyPair>> {
  const directory = join(stateDir, 'keys');
  const pairs: Record<string, KeyPair> = {};
  for (const name of names) {
    const pair = createKeyPair();
    pairs[name] = pair;
    await writeSecret(directory, name, pair);
  }
  const known = await readPublicKeys(directory);
  const made = Object.entries(pairs).map(([name, { publicKey }]): [string, string[]] => [name, [publicKey]]);
  await writePublicKeys(directory, new Map([...known, ...made]));
  return pairs;
}
