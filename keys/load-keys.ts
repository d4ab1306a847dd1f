/**
 * Loading keys: what a node needs before it starts, or why it must not.
 */
import { MusterError } from '../errors.js';
import { publicFileOf, readPublicKeys, readSecret, secretFileOf } from './key-files.js';
import type { NodeKeys } from './key-ring.js';

export interface KeysWanted {
  readonly directory: string;
  /** The node, and those of its peers whose peerings take keys. */
  readonly name: string;
  readonly peers: readonly string[];
  /** The layout as the user named it, for messages. */
  readonly layout: string;
  /** Whether that peer may have no key: it is not spoken to then. */
  mayLack(peer: string): boolean;
}

/** @throws {@link MusterError} `MUSTER_KEY_MISSING`, which says what makes them; `MUSTER_KEY_INVALID` */
export async function loadKeys({ directory, name, peers, layout, mayLack }: KeysWanted): Promise<NodeKeys> {
  const own = await readSecret(directory, name);
  const advice =
    `"muster keys init ${layout}" makes the keys of all nodes; to each machine belong the secret ones of its nodes ` +
    'and public.json. The option insecure does without, in clear and for everybody';
  if (own === undefined) {
    const why = `it speaks to nodes that other machines can reach, and has no key: there is no ${secretFileOf(directory, name)}`;
    throw new MusterError('MUSTER_KEY_MISSING', `${name} cannot start: ${why}. ${advice}`);
  }
  const known = await readPublicKeys(directory);
  if (!known.get(name)?.includes(own.publicKey)) {
    const why = `its secret key is not one of those that ${publicFileOf(directory)} has of it, so its peers will not know it`;
    throw new MusterError(
      'MUSTER_KEY_INVALID',
      `${name} cannot start: ${why}. "muster keys check ${layout}" shows more`,
    );
  }
  const unknown = peers.filter((peer) => !known.has(peer) && !mayLack(peer));
  if (unknown.length > 0) {
    const why = `${publicFileOf(directory)} has no key of ${unknown.join(', ')}`;
    throw new MusterError('MUSTER_KEY_MISSING', `${name} cannot start: ${why}. ${advice}`);
  }
  return { own, peers: new Map(peers.map((peer) => [peer, known.get(peer) ?? []])) };
}
