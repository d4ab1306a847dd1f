/**
 * Hostile member: who has a key of the layout, and uses the socket that is open to him as no node would.
 */
import type { ExecutionContext } from 'ava';
import { XSubscriber } from 'zeromq';
import type { KeyPair } from '../../keys/key-pair.js';
import type { CurveClient } from '../../transport/curve.js';
import { headroom } from '../../transport/zeromq/frame.js';

export function curveOf({ publicKey, secretKey }: KeyPair, serverKey: string): CurveClient {
  return { publicKey, secretKey: secretKey.reveal(), serverKey };
}

export class HostileMember {
  /** All that came, if he has subscribed to everything. */
  readonly parts: Buffer[] = [];
  /** What is done with what comes. @defaultValue it is kept in `parts` */
  take: (part: Buffer) => void = (part) => this.parts.push(part);
  readonly #socket: XSubscriber;
  #waiting: (() => void)[] = [];

  private constructor(socket: XSubscriber) {
    this.#socket = socket;
    void this.#receive();
  }

  /** `curve`: none for one who comes without keys. */
  static open(t: ExecutionContext, port: number, curve?: CurveClient): HostileMember {
    const options = curve && {
      curvePublicKey: curve.publicKey,
      curveSecretKey: curve.secretKey,
      curveServerKey: curve.serverKey,
    };
    const socket = new XSubscriber({
      linger: 0,
      sendHighWaterMark: 0,
      sendTimeout: 0,
      receiveHighWaterMark: 0,
      ...options,
    });
    t.teardown(() => socket.close());
    socket.connect(`tcp://127.0.0.1:${port}`);
    return new HostileMember(socket);
  }

  /** Links of which something has been seen. */
  get topics(): Buffer[] {
    const seen = new Map(this.parts.map((part) => [part.toString('latin1', 0, headroom), part.subarray(0, headroom)]));
    return [...seen.values()];
  }

  /** Resolves once `count` parts have come. */
  async sniff(count: number): Promise<void> {
    await this.send(Buffer.of(1));
    while (this.parts.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async send(part: Uint8Array): Promise<void> {
    await this.#socket.send(part);
  }

  async #receive(): Promise<void> {
    for (;;) {
      const parts = await this.#socket.receive().catch(() => undefined);
      if (parts === undefined) return; // closed
      for (const part of parts) this.take(part);
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }
}
