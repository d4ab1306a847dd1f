/**
 * Strangers: who come to a node with keys and have none that it knows.
 */
import { randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { createKeyPair } from '../../keys/key-pair.js';
import { guises, type Siege } from '../faults/siege.js';
import { curveOf, HostileMember } from '../helpers/hostile-member.js';
import { RawPeer } from '../helpers/raw-peer.js';

/** What the manager tells of them. */
export const wordsForStrangers = [
  'refused a connection from 127.0.0.1: its key is that of no peer of this node',
  'a connection without a handshake: one side wants encryption, the other does not',
  'a connection without a handshake: the key of this node is not the one that was expected',
];

/** Some that subscribe to everything: in clear, with an unknown key, and with a wrong key of the manager. */
export function listenIn(t: ExecutionContext, siege: Siege): HostileMember[] {
  const { port } = siege;
  const stranger = createKeyPair();
  const strangers = [
    HostileMember.open(t, port),
    HostileMember.open(t, port, curveOf(stranger, siege.curveAs(guises[0]).theirs)),
    HostileMember.open(t, port, curveOf(stranger, stranger.publicKey)),
  ];
  for (const each of strangers) void each.sniff(1);
  return strangers;
}

/** Connections that say nothing, or anything, or shake hands as if there were no keys. */
export async function knockAbout({ port }: Siege, rounds: number): Promise<void> {
  const at = { ip: '127.0.0.1', port };
  for (let i = 0; i < rounds; i++) {
    await (await RawPeer.open(at)).end('rudely');
    const garbage = await RawPeer.open(at);
    garbage.write(randomBytes(300));
    await garbage.end();
    await (await RawPeer.greet(at)).end();
  }
}
