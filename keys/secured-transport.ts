/**
 * Secured transport: another transport whose links are for nodes that have proved their keys, and sealed.
 * Connections are encrypted by the transport underneath, which admits the keys of peers only; but an acceptor shares one
 * socket among all of them, so this proves whose link is whose, and keeps all others from reading or writing on it.
 * Which nodes are spoken to in this way follows from the layout; to all others, links are as they were.
 */
import type { Runtime } from '../runtime.js';
import type { CurveListener, CurveTransport } from '../transport/curve.js';
import type { Address, ConnectHandlers, Link, Listener, ListenHandlers, Transport } from '../transport/transport.js';
import type { KeyRing, NodeKeys } from './key-ring.js';
import { RateMeter } from './rate-meter.js';
import { sealSize } from './seal.js';
import { SecuredAcceptor } from './secured-acceptor.js';
import { SecuredInitiator } from './secured-initiator.js';

export interface SecuritySetup {
  readonly runtime: Runtime;
  readonly transport: CurveTransport;
  readonly ring: KeyRing;
  /** Whether this node listens for those who prove their keys. */
  readonly listensSecured: boolean;
  /** Whether that peer does. */
  isSecured(peer: string): boolean;
  /** How long the proof may take, in ms. */
  readonly proofTimeout: number;
  /** Connections that one address may make, and links that one peer may begin, in a second. */
  readonly maxConnectionRate: number;
  readonly maxHelloRate: number;
}

export class SecuredTransport implements Transport {
  readonly headroom: number;
  readonly maxFrameSize: number;
  readonly #setup: SecuritySetup;
  readonly #acceptors = new Map<SecuredAcceptor, CurveListener>();
  readonly #initiators = new Set<SecuredInitiator>();

  constructor(setup: SecuritySetup) {
    this.#setup = setup;
    this.headroom = setup.transport.headroom;
    this.maxFrameSize = setup.transport.maxFrameSize - sealSize(setup.transport.headroom);
  }

  async listen(address: Address, handlers: ListenHandlers): Promise<Listener> {
    const { transport, ring, runtime, listensSecured, maxConnectionRate } = this.#setup;
    if (!listensSecured) return transport.listen(address, handlers);
    const acceptor = new SecuredAcceptor(this.#setup, handlers);
    const connections = new RateMeter(runtime, maxConnectionRate);
    const refuses = (key: string, from: string): string | undefined => {
      const why = whyNotAdmitted(ring.nameOf(key), connections.takes(from), from, maxConnectionRate);
      if (why !== undefined) handlers.refused?.('connection', why);
      return why;
    };
    const curve = { secretKey: ring.own.secretKey.reveal(), refuses };
    const listener = await transport.listen(address, acceptor, curve);
    this.#acceptors.set(acceptor, listener);
    return {
      address: listener.address,
      close: async () => {
        this.#acceptors.delete(acceptor);
        acceptor.close();
        await listener.close();
      },
    };
  }

  connect(address: Address, handlers: ConnectHandlers, peer = ''): Link {
    const { transport, isSecured } = this.#setup;
    if (!isSecured(peer)) return transport.connect(address, handlers, peer);
    const initiator = new SecuredInitiator(this.#setup, {
      address,
      peer,
      handlers,
      ended: () => {
        this.#initiators.delete(initiator);
      },
    });
    this.#initiators.add(initiator);
    return initiator;
  }

  /**
   * Other keys from now on. Links whose key is not accepted any more end; others go on. Resolves when those who connect
   * find this node's new key.
   */
  async replaceKeys(keys: NodeKeys): Promise<void> {
    const { ring } = this.#setup;
    const before = ring.own.publicKey;
    ring.replace(keys);
    for (const initiator of [...this.#initiators]) initiator.review();
    for (const acceptor of this.#acceptors.keys()) acceptor.review();
    if (ring.own.publicKey === before) return;
    const listeners = [...this.#acceptors.values()];
    await Promise.all(listeners.map((listener) => listener.rekey(ring.own.secretKey.reveal())));
  }

  settled(): Promise<void> {
    return this.#setup.transport.settled();
  }

  async close(): Promise<void> {
    for (const acceptor of this.#acceptors.keys()) acceptor.close();
    for (const initiator of [...this.#initiators]) initiator.close();
    await this.#setup.transport.close();
  }
}

function whyNotAdmitted(
  peer: string | undefined,
  isInTime: boolean,
  from: string,
  maxRate: number,
): string | undefined {
  if (peer === undefined) return `a connection from ${from}: its key is that of no peer of this node`;
  if (isInTime) return undefined;
  return `a connection from ${from} (${peer}): more than ${maxRate} a second come from there (maxConnectionRate)`;
}
