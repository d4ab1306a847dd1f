/**
 * The value alone out of an entry's bytes, msgpack of `[id, version, expiry, value]`: what most reads want, and the rest
 * costs more than it. Numbers, booleans and null are read here, all else by the codec.
 */
import { decodeValue } from '../../transport/codec.js';

const double = new DataView(new ArrayBuffer(8));
const doubleBytes = new Uint8Array(double.buffer);

/** `bytes` must have proved to be what was written. */
export function readValueOnly(bytes: Uint8Array): unknown {
  let at = 1;
  for (let passed = 0; passed < 3; passed++) at += sizeAt(bytes, at);
  const first = byteAt(bytes, at);
  if (first < 0x80) return first;
  switch (first) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xcb:
      for (let i = 0; i < 8; i++) doubleBytes[i] = byteAt(bytes, at + 1 + i);
      return double.getFloat64(0);
    case 0xcc:
      return byteAt(bytes, at + 1);
    case 0xcd:
      return shortAt(bytes, at + 1);
    case 0xce:
      return shortAt(bytes, at + 1) * 0x1_0000 + shortAt(bytes, at + 3);
    default:
      return decodeValue(bytes.subarray(at));
  }
}

/** How long an id, a version or an expiry is. */
function sizeAt(bytes: Uint8Array, at: number): number {
  const first = byteAt(bytes, at);
  if (first < 0x80 || first >= 0xe0) return 1;
  if (first >= 0xa0 && first < 0xc0) return 1 + (first & 0x1f);
  switch (first) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return 1;
    case 0xcc:
    case 0xd0:
      return 2;
    case 0xcd:
    case 0xd1:
      return 3;
    case 0xce:
    case 0xd2:
      return 5;
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return 9;
    case 0xd9:
      return 2 + byteAt(bytes, at + 1);
    case 0xda:
      return 3 + shortAt(bytes, at + 1);
    case 0xdb:
      return 5 + shortAt(bytes, at + 1) * 0x1_0000 + shortAt(bytes, at + 3);
    default:
      throw new RangeError(`0x${first.toString(16)} is no id, version or expiry`);
  }
}

function shortAt(bytes: Uint8Array, at: number): number {
  return byteAt(bytes, at) * 0x100 + byteAt(bytes, at + 1);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
