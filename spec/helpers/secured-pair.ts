/**
 * Secured pair: transports for tests, whose nodes know each other's keys.
 */
import { createKeyPair, type KeyPair } from '../../keys/key-pair.js';
import { KeyRing } from '../../keys/key-ring.js';
import { SecuredTransport, type SecuritySetup } from '../../keys/secured-transport.js';
import { systemRuntime } from '../../runtime.js';
import type { CurveTransport } from '../../transport/curve.js';
import type { Transport } from '../../transport/transport.js';
import { createZeromqTransport } from '../../transport/zeromq/transport.js';

export function zeromq(): CurveTransport {
  // Who is asked for a key may be busy with other tests, which are many and in the same process.
  const times = { heartbeatInterval: 1_000, heartbeatTimeout: 3_000, handshakeTimeout: 60_000 };
  return createZeromqTransport({ runtime: systemRuntime, ...times });
}

/** A transport of the node with this pair, which knows these peers. */
export function secured(
  transport: CurveTransport,
  own: KeyPair,
  peers: Readonly<Record<string, readonly string[]>>,
  limits: Partial<SecuritySetup> = {},
): SecuredTransport {
  return new SecuredTransport({
    runtime: systemRuntime,
    transport,
    ring: new KeyRing({ own, peers: new Map(Object.entries(peers)) }),
    listensSecured: true,
    isSecured: () => true,
    proofTimeout: 60_000,
    maxConnections: 1_000,
    maxConnectionRate: 1_000,
    maxHelloRate: 1_000,
    ...limits,
  });
}

/** Transports that all have the same key, for those who do not say whom they mean. */
export function twins(create: () => CurveTransport): () => Transport {
  const own = createKeyPair();
  return () => {
    const transport = secured(create(), own, { twin: [own.publicKey] });
    const { listen, connect, settled, close } = transport;
    return {
      headroom: transport.headroom,
      maxFrameSize: transport.maxFrameSize,
      listen: listen.bind(transport),
      connect: (address, handlers) => connect.call(transport, address, handlers, 'twin'),
      settled: settled.bind(transport),
      close: close.bind(transport),
    };
  };
}
