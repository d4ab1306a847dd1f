/**
 * Key pair: who has the secret key is the node. The keys are X25519 keys, written in Z85 as ZeroMQ does.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { decodeZ85, encodeZ85 } from '../transport/z85.js';

/** Bytes of a key. */
export const keySize = 32;

/** What X25519 multiplies by a secret key to get the public one. */
const basePoint = Buffer.from([9, ...Array(keySize - 1).fill(0)]);

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
    return agreed(this.#key, publicKey);
  }
}

export interface KeyPair {
  /** 40 characters of Z85. */
  readonly publicKey: string;
  readonly secretKey: SecretKey;
}

/** A key pair whose secret key is for one link, and never leaves this object. */
export interface FreshPair {
  readonly publicKey: string;
  readonly secretKey: Pick<SecretKey, 'agree'>;
}

/** Any 32 bytes are a secret key. */
export function createKeyPair(): KeyPair {
  const bytes = randomBytes(keySize);
  return pairOf(bytes, encodeZ85(bytes));
}

/** As {@link createKeyPair}, in a tenth of the time. */
export function createFreshPair(): FreshPair {
  const { privateKey } = generateKeyPairSync('x25519');
  return { publicKey: publicOf(privateKey), secretKey: { agree: (theirs) => agreed(privateKey, theirs) } };
}

/** The pair that a secret key belongs to; undefined if `text` is none. */
export function readKeyPair(text: string): KeyPair | undefined {
  const bytes = keyBytes(text);
  return bytes && pairOf(bytes, text);
}

function pairOf(bytes: Uint8Array, text: string): KeyPair {
  // PKCS #8, as RFC 8410 writes X25519 keys.
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), bytes]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { publicKey: publicOf(key), secretKey: new SecretKey(text, key) };
}

/** The bytes of a key; undefined if `text` is none. */
export function keyBytes(text: string): Uint8Array | undefined {
  const bytes = decodeZ85(text);
  return bytes?.length === keySize ? bytes : undefined;
}

/** Not by `export()`: if the garbage collector comes by meanwhile, it waits for ever for what that holds, and the process too. */
function publicOf(secret: KeyObject): string {
  return encodeZ85(agreed(secret, basePoint));
}

function agreed(privateKey: KeyObject, publicKey: Uint8Array): Buffer {
  return diffieHellman({ privateKey, publicKey: importPublic(publicKey) });
}

function importPublic(bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
}
