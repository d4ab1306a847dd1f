/**
 * Key pair: who has the secret key is the node. The keys are X25519 keys, written in Z85 as ZeroMQ does.
 */
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decodeZ85, encodeZ85 } from '../transport/z85.js';

/** Bytes of a key. */
export const keySize = 32;

/** A secret key. Nothing that prints, copies or serialises an object shows what is in it. */
export class SecretKey {
  readonly #text: string;
  readonly #key: KeyObject;

  constructor(text: string, key: KeyObject) {
    this.#text = text;
    this.#key = key;
  }

  /** In Z85, for ZeroMQ and for the file that keeps it. */
  reveal(): string {
    return this.#text;
  }

  /** What only the two who have the secret keys of both ends can compute. @throws if `publicKey` is no key. */
  agree(publicKey: Uint8Array): Buffer {
    return diffieHellman({ privateKey: this.#key, publicKey: importPublic(publicKey) });
  }
}

export interface KeyPair {
  /** 40 characters of Z85. */
  readonly publicKey: string;
  readonly secretKey: SecretKey;
}

export function createKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('x25519');
  const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
  const secretKey = new SecretKey(encodeZ85(Buffer.from(d, 'base64url')), privateKey);
  return { publicKey: encodeZ85(Buffer.from(x, 'base64url')), secretKey };
}

/** The pair that a secret key belongs to; undefined if `text` is none. */
export function readKeyPair(text: string): KeyPair | undefined {
  const bytes = keyBytes(text);
  if (bytes === undefined) return undefined;
  // PKCS #8, as RFC 8410 writes X25519 keys.
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), bytes]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { publicKey: encodeZ85(Buffer.from(x, 'base64url')), secretKey: new SecretKey(text, key) };
}

/** The bytes of a key; undefined if `text` is none. */
export function keyBytes(text: string): Uint8Array | undefined {
  const bytes = decodeZ85(text);
  return bytes?.length === keySize ? bytes : undefined;
}

function importPublic(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}
