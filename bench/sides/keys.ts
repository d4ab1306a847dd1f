/**
 * Keys: those of the nodes of a bench, so that they speak to each other as over a network, on loopback.
 */
import { join } from 'node:path';
import type { OptionsInput } from '../../index.js';
import { writePublicKeys, writeSecret } from '../../keys/key-files.js';
import { createKeyPair } from '../../keys/key-pair.js';

/** @returns options with which these nodes use keys. */
export async function keysFor(names: readonly string[], stateDir: string): Promise<OptionsInput> {
  const keysDir = join(stateDir, 'keys');
  const pairs = names.map((name) => [name, createKeyPair()] as const);
  for (const [name, pair] of pairs) await writeSecret(keysDir, name, pair);
  await writePublicKeys(keysDir, new Map(pairs.map(([name, { publicKey }]) => [name, [publicKey]])));
  return { keysDir, secureLoopback: true };
}
