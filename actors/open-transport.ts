/**
 * Opening the transport of a node: over ZeroMQ, with keys wherever the layout takes them.
 */
import { join } from 'node:path';
import { MusterError } from '../errors.js';
import { KeyRing } from '../keys/key-ring.js';
import { type KeysWanted, loadKeys } from '../keys/load-keys.js';
import { SecuredTransport } from '../keys/secured-transport.js';
import { findNode } from '../layout/nodes.js';
import type { Options } from '../layout/options.js';
import { exposedPeers, isSecured, securedPeers } from '../layout/security.js';
import type { Layout } from '../layout/types.js';
import type { Diagnostics } from '../logs/diagnostics.js';
import type { Runtime } from '../runtime.js';
import type { Transport } from '../transport/transport.js';
import { createZeromqTransport } from '../transport/zeromq/transport.js';

export interface TransportWanted {
  readonly name: string;
  readonly layout: Layout;
  /** The layout as the user named it, for messages. */
  readonly layoutName: string;
  readonly options: Readonly<Options>;
  readonly runtime: Runtime;
  readonly diagnostics: Diagnostics;
}

export interface OpenedTransport {
  readonly transport: Transport;
  /** Reads the keys again. Absent: this node needs none. */
  readonly reloadKeys?: () => Promise<void>;
  /**
   * Reads what it takes to speak with the peers of another layout. @returns what makes that the present one
   * @throws {@link MusterError} `MUSTER_KEY_MISSING`, `MUSTER_KEY_INVALID`, `MUSTER_LAYOUT_INVALID` if only a restart would do.
   */
  readonly prepare: (layout: Layout) => Promise<() => Promise<void>>;
}

/** @throws {@link MusterError} `MUSTER_KEY_MISSING`, `MUSTER_KEY_INVALID` */
export async function openTransport(wanted: TransportWanted): Promise<OpenedTransport> {
  const { name, layout, options, runtime, diagnostics } = wanted;
  const exposed = exposedPeers(layout, name, options);
  if (exposed.length > 0) {
    diagnostics.warn(
      `insecure: ${name} speaks in clear with ${listOf(exposed)}, and whoever reaches its port may say to be one of them. ` +
        '"muster keys init" makes keys; then take the option insecure away',
    );
  }
  const create = () => createZeromqTransport({ runtime, ...options });
  if (securedPeers(layout, name, options).length === 0) return { transport: create(), prepare: inClear(wanted) };
  let present = wanted;
  const ring = new KeyRing(await loadKeys(keysWanted(wanted, () => false)));
  const transport = new SecuredTransport({
    runtime,
    transport: create(),
    ring,
    listensSecured: isSecuredNode(wanted, name),
    isSecured: (peer) => isSecuredNode(present, peer),
    proofTimeout: options.helloTimeout,
    maxConnections: options.maxConnections,
    maxConnectionRate: options.maxConnectionRate,
    maxHelloRate: options.maxHelloRate,
  });
  return {
    transport,
    reloadKeys: async () => transport.replaceKeys(await loadKeys(keysWanted(present, () => true))),
    prepare: async (next) => {
      const peersBefore = securedPeers(present.layout, name, options);
      const isThere = (peer: string) => peersBefore.includes(peer);
      const { own, peers } = await loadKeys(keysWanted({ ...wanted, layout: next }, isThere));
      return async () => {
        // Peers that go still have something to say: their keys hold until keys are read again.
        const before = peersBefore.map((peer) => [peer, ring.keysOf(peer)] as const);
        present = { ...wanted, layout: next };
        await transport.replaceKeys({ own, peers: new Map([...before, ...peers]) });
      };
    },
  };
}

/** A node that has begun without keys. */
function inClear({ name, options }: TransportWanted): OpenedTransport['prepare'] {
  return async (next) => {
    const secured = securedPeers(next, name, options);
    if (secured.length === 0) return async () => {};
    throw new MusterError(
      'MUSTER_LAYOUT_INVALID',
      `${name} has begun without keys, and needs them to speak with ${listOf(secured)}: it has to be restarted`,
    );
  };
}

/** A node that runs goes on without a peer whose key has been taken back; one that starts, or gets new peers, needs theirs. */
function keysWanted(
  { name, layout, layoutName, options }: TransportWanted,
  mayLack: KeysWanted['mayLack'],
): KeysWanted {
  const directory = options.keysDir === '' ? join(options.stateDir, 'keys') : options.keysDir;
  return { directory, name, peers: securedPeers(layout, name, options), layout: layoutName, mayLack };
}

function isSecuredNode({ layout, options }: TransportWanted, name: string): boolean {
  const node = findNode(layout, name);
  return node !== undefined && isSecured(node, options);
}

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
