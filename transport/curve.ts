/**
 * Curve: what a transport has to be told so that its connections are encrypted, and open to certain keys only.
 * Keys are X25519 keys as ZeroMQ writes them: 40 characters of Z85.
 */
import type { Address, ConnectHandlers, Link, Listener, ListenHandlers, Transport } from './transport.js';

/** Of who listens. */
export interface CurveServer {
  readonly secretKey: string;
  /**
   * Asked for each connection, one after the other, by its public key and the address it comes from.
   * @param countOpen - Tells how many connections that address has open here, this one and those that are not yet encrypted
   * included; `undefined` if that cannot be found out.
   * @returns why it may not enter, or undefined.
   */
  refuses(
    publicKey: string,
    address: string,
    countOpen: () => Promise<number | undefined>,
  ): Promise<string | undefined> | string | undefined;
}

/** Of who connects. */
export interface CurveClient {
  readonly publicKey: string;
  readonly secretKey: string;
  /** Public key of who listens there. */
  readonly serverKey: string;
}

export interface CurveListener extends Listener {
  /** Others find this key here once it resolves. All connections end, and nobody can connect for a moment. */
  rekey(secretKey: string): Promise<void>;
}

/** A transport whose connections can be encrypted. Without keys, they are not. */
export interface CurveTransport extends Transport {
  listen(address: Address, handlers: ListenHandlers, curve?: CurveServer): Promise<CurveListener>;
  connect(address: Address, handlers: ConnectHandlers, peer?: string, curve?: CurveClient): Link;
}
