/**
 * Raw peer: a TCP client that speaks as much ZMTP 3 as it takes to be a bad guest of a listener.
 * It says what a socket of libzmq never would: parts that belong to nothing, forged notices, frames of any link.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Address } from '../../transport/transport.js';

const more = 0x01;
const long = 0x02;
const command = 0x04;

/** Bytes of a greeting. */
const greetingSize = 64;

export class RawPeer {
  readonly #socket: Socket;
  /** Resolves once either side has ended the connection. */
  readonly ended: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined); // a reset is one way to end
    socket.resume();
  }

  /** A TCP connection that has said nothing yet. */
  static async open({ ip, port }: Pick<Address, 'ip' | 'port'>): Promise<RawPeer> {
    const socket = connect(port, ip);
    const peer = new RawPeer(socket);
    await Promise.race([once(socket, 'connect'), peer.ended]);
    return peer;
  }

  /** A client that has shaken hands as a socket of this type, or was turned away because of it. */
  static async greet(address: Pick<Address, 'ip' | 'port'>, socketType = 'XSUB'): Promise<RawPeer> {
    const peer = await RawPeer.open(address);
    const answered = peer.#hears(greetingSize + 1);
    peer.write(greeting());
    peer.write(frame(ready(socketType), command));
    // Whoever speaks on before libzmq has said READY too is cut off.
    await Promise.race([answered, peer.ended]);
    return peer;
  }

  /** Bytes as they are. */
  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** One message. */
  send(...parts: Uint8Array[]): void {
    parts.forEach((part, at) => {
      this.write(frame(part, at < parts.length - 1 ? more : 0));
    });
  }

  /** The part of a message whose other parts never come. */
  sendDangling(part: Uint8Array): void {
    this.write(frame(part, more));
  }

  /** Ends the connection: politely, or by a reset. */
  async end(how: 'politely' | 'rudely' = 'politely'): Promise<void> {
    if (how === 'politely') this.#socket.end();
    else this.#socket.resetAndDestroy();
    await this.ended;
  }

  #hears(bytes: number): Promise<void> {
    let heard = 0;
    return new Promise((resolve) => {
      this.#socket.on('data', (chunk) => {
        heard += chunk.length;
        if (heard >= bytes) resolve();
      });
    });
  }
}

function greeting(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]);
  bytes.write('NULL', 12);
  return bytes;
}

function ready(socketType: string): Buffer {
  const name = Buffer.from('Socket-Type');
  const size = Buffer.alloc(4);
  size.writeUInt32BE(socketType.length);
  return Buffer.concat([Buffer.from('\x05READY'), Buffer.of(name.length), name, size, Buffer.from(socketType)]);
}

function frame(body: Uint8Array, flags: number): Buffer {
  if (body.length <= 255) return Buffer.concat([Buffer.of(flags, body.length), body]);
  const head = Buffer.alloc(9);
  head[0] = flags | long;
  head.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([head, body]);
}
