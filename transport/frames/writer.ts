/**
 * Frame writer: control frames, each in a fresh buffer that belongs to the transport from then on.
 * Frames that carry events are built by the channel.
 */
import { encodeValue } from '../codec.js';
import {
  type Ack,
  type Bye,
  frameCode,
  type Gap,
  type Hello,
  lossReasons,
  protocolVersion,
  type Reject,
  writeNumber,
  writeUint32,
} from './frames.js';

/** Writes the frames of one link, each in a fresh buffer. */
export class FrameWriter {
  readonly #headroom: number;

  constructor(headroom: number) {
    this.#headroom = headroom;
  }

  hello(hello: Hello): Uint8Array {
    const body = encodeValue(hello);
    const frame = this.#frame(frameCode.hello, 1 + body.length);
    frame[this.#headroom + 1] = protocolVersion;
    frame.set(body, this.#headroom + 2);
    return frame;
  }

  accept(): Uint8Array {
    return this.#frame(frameCode.accept, 0);
  }

  reject(reject: Reject): Uint8Array {
    return this.#valueFrame(frameCode.reject, encodeValue(reject));
  }

  subscribe(prefix: string, revision: number): Uint8Array {
    return this.#subscription(frameCode.subscribe, prefix, revision);
  }

  unsubscribe(prefix: string, revision: number): Uint8Array {
    return this.#subscription(frameCode.unsubscribe, prefix, revision);
  }

  gap({ first, last, reason }: Gap): Uint8Array {
    const frame = this.#frame(frameCode.gap, 17);
    writeNumber(frame, this.#headroom + 1, first);
    writeNumber(frame, this.#headroom + 9, last);
    frame[this.#headroom + 17] = lossReasons.indexOf(reason);
    return frame;
  }

  ack({ sequence, credit, revision }: Ack): Uint8Array {
    const frame = this.#frame(frameCode.ack, 20);
    writeNumber(frame, this.#headroom + 1, sequence);
    writeNumber(frame, this.#headroom + 9, credit);
    writeUint32(frame, this.#headroom + 17, revision);
    return frame;
  }

  ping(nonce: number): Uint8Array {
    return this.#nonce(frameCode.ping, nonce);
  }

  pong(nonce: number): Uint8Array {
    return this.#nonce(frameCode.pong, nonce);
  }

  bye({ last, unacknowledged }: Bye): Uint8Array {
    const frame = this.#frame(frameCode.bye, 16);
    writeNumber(frame, this.#headroom + 1, last);
    writeNumber(frame, this.#headroom + 9, unacknowledged);
    return frame;
  }

  #frame(code: number, size: number): Uint8Array {
    const frame = Buffer.allocUnsafeSlow(this.#headroom + 1 + size);
    frame[this.#headroom] = code;
    return frame;
  }

  #valueFrame(code: number, body: Uint8Array): Uint8Array {
    const frame = this.#frame(code, body.length);
    frame.set(body, this.#headroom + 1);
    return frame;
  }

  #subscription(code: number, prefix: string, revision: number): Uint8Array {
    const body = encodeValue(prefix);
    const frame = this.#frame(code, 4 + body.length);
    writeUint32(frame, this.#headroom + 1, revision);
    frame.set(body, this.#headroom + 5);
    return frame;
  }

  #nonce(code: number, nonce: number): Uint8Array {
    const frame = this.#frame(code, 4);
    writeUint32(frame, this.#headroom + 1, nonce);
    return frame;
  }
}
