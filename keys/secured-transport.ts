/**
 * Secured transport: another transport whose links are for nodes that have proved their keys, and sealed.
 * Connections are encrypted by the transport underneath, which admits the keys of peers only; but an acceptor shares one
 * socket among all of them, so this proves whose link is whose, and keeps all others from reading or writing on it.
 * Which nodes are spoken to in this way follows from the layout; to all others, links are as they were.
 */
import type { Runtime } from '../runtime.js';
import type { CurveListener, CurveServer, CurveTransport } from '../transport/curve.js';
import type {
  Address,
  ConnectHandlers,
  ConnectionRefusal,
  Link,
  Listener,
  ListenHandlers,
  Transport,
} from '../transport/transport.js';
import { ConnectionLimit } from './connection-limit.js';
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
  /** Connections that one address may have open. */
  readonly maxConnections: number;
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
    const { transport, ring, listensSecured } = this.#setup;
    if (!listensSecured) return transport.listen(address, handlers);
    const acceptor = new SecuredAcceptor(this.#setup, handlers);
    const curve = { secretKey: ring.own.secretKey.reveal(), refuses: this.#gate(handlers) };
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

  /** Who may connect to one listener. */
  #gate(handlers: ListenHandlers): CurveServer['refuses'] {
    const { ring, runtime, maxConnections, maxConnectionRate } = this.#setup;
    const rate = new RateMeter(runtime, maxConnectionRate);
    const limit = new ConnectionLimit(runtime, maxConnections);
    const refuse = (what: ConnectionRefusal, who: string, why: string) => {
      const reason = `a connection from ${who}: ${why}`;
      handlers.refused?.(what, reason);
      return reason;
    };
    return async (key, from, countOpen) => {
      const peer = ring.nameOf(key);
      const isInTime = rate.takes(from);
      if (peer === undefined) return refuse('unknown key', from, 'its key is that of no peer of this node');
      const who = `${from} (${peer})`;
      if (!isInTime) {
        return refuse('too often', who, `more than ${maxConnectionRate} a second come from there (maxConnectionRate)`);
      }
      if (await limit.takes(from, countOpen)) return undefined;
      return refuse('too many', who, `${maxConnections} are open from there (maxConnections)`);
    };
  }
}
