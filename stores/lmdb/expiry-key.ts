/**
 * Keys of the index by expiry: the time as 8 bytes that sort as the times do, then the bytes of the entry's key.
 */
import type { KeyId } from '../key.js';
import type { Key } from './environment.js';
import { keyBytes, readKey } from './key-bytes.js';

const timeSize = 8;

export function expiryKey(at: number, id: KeyId): Uint8Array {
  return Buffer.concat([timeBytes(at), keyBytes(id)]);
}

/** After all keys whose time is `at` or earlier. */
export function afterExpiry(at: number): Uint8Array {
  return Buffer.concat([timeBytes(at), Uint8Array.of(0xff)]);
}

export function readExpiryKey(bytes: Uint8Array): readonly [at: number, key: Key] {
  const time = Buffer.from(bytes.subarray(0, timeSize));
  flip(time, (time[0] as number) < 0x80);
  return [time.readDoubleBE(), readKey(bytes, timeSize, bytes.length)];
}

function timeBytes(at: number): Buffer {
  const time = Buffer.allocUnsafe(timeSize);
  time.writeDoubleBE(at + 0);
  flip(time, (time[0] as number) >= 0x80);
  return time;
}

/** Doubles sort as bytes once the sign is turned over, and of the negative ones every bit. */
function flip(time: Buffer, isNegative: boolean): void {
  if (isNegative) for (let i = 0; i < timeSize; i++) time[i] = ~(time[i] as number);
  else time[0] = (time[0] as number) ^ 0x80;
}
