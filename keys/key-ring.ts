/**
 * Key ring: the keys that one node goes by, its own and those of its peers. They may be replaced while it runs.
 */
import { type KeyPair, keyBytes } from './key-pair.js';

export interface NodeKeys {
  readonly own: KeyPair;
  /** Public keys by name of the peer, the newest first; two while a key is being replaced. */
  readonly peers: ReadonlyMap<string, readonly string[]>;
}

export class KeyRing {
  #keys: NodeKeys;
  readonly #names = new Map<string, string>();
  /** What this node shares with each key, which takes a while to compute. */
  readonly #shared = new Map<string, Buffer>();

  constructor(keys: NodeKeys) {
    this.#keys = keys;
    this.replace(keys);
  }

  get own(): KeyPair {
    return this.#keys.own;
  }

  /** Other keys from now on. What hangs on a key that is gone is for others to end. */
  replace(keys: NodeKeys): void {
    this.#keys = keys;
    this.#names.clear();
    this.#shared.clear();
    for (const [name, publicKeys] of keys.peers) for (const key of publicKeys) this.#names.set(key, name);
  }

  /** Whose key it is; undefined if no peer has it. */
  nameOf(publicKey: string): string | undefined {
    return this.#names.get(publicKey);
  }

  /** Public keys of a peer, the newest first. */
  keysOf(name: string): readonly string[] {
    return this.#keys.peers.get(name) ?? [];
  }

  /** What only this node and who has the secret key to `publicKey` can compute. @throws if it is no key. */
  sharedWith(publicKey: string): Buffer {
    const known = this.#shared.get(publicKey);
    if (known !== undefined) return known;
    const shared = this.own.secretKey.agree(keyBytes(publicKey) ?? new Uint8Array());
    this.#shared.set(publicKey, shared);
    return shared;
  }
}
