/**
 * Entry table: entries in memory, in columns: a store of a million entries is then no million objects more for the garbage
 * collector. What is given out is made anew.
 */
import type { Entry } from './entry.js';
import type { KeyId } from './key.js';

const firstCapacity = 64;
/** An expiry that is `null`. */
const never = Number.NaN;

export class EntryTable {
  readonly #places = new Map<KeyId, number>();
  /** Places whose entries are gone. */
  #free: number[] = [];
  #values: unknown[] = [];
  #versions = new Float64Array(firstCapacity);
  #expiries = new Float64Array(firstCapacity);
  #hashes = new Float64Array(firstCapacity);
  #lengths = new Uint32Array(firstCapacity);

  get(id: KeyId): Entry | undefined {
    const place = this.#places.get(id);
    if (place === undefined) return undefined;
    const expiry = this.#expiries[place] as number;
    return {
      value: this.#values[place],
      version: this.#versions[place] as number,
      expiry: Number.isNaN(expiry) ? null : expiry,
      hash: this.#hashes[place] as number,
      length: this.#lengths[place] as number,
    };
  }

  set(id: KeyId, { value, version, expiry, hash, length }: Entry): void {
    let place = this.#places.get(id);
    if (place === undefined) {
      place = this.#free.pop() ?? this.#values.length;
      if (place === this.#versions.length) this.#resize(2 * place);
      this.#places.set(id, place);
    }
    this.#values[place] = value;
    this.#versions[place] = version;
    this.#expiries[place] = expiry ?? never;
    this.#hashes[place] = hash;
    this.#lengths[place] = length;
  }

  delete(id: KeyId): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#places.delete(id);
    this.#values[place] = undefined;
    this.#free.push(place);
  }

  clear(): void {
    this.#places.clear();
    this.#free = [];
    this.#values = [];
    this.#resize(firstCapacity);
  }

  #resize(capacity: number): void {
    const resized = <Column extends Float64Array | Uint32Array>(column: Column, copy: Column) => {
      copy.set(column.subarray(0, this.#values.length));
      return copy;
    };
    this.#versions = resized(this.#versions, new Float64Array(capacity));
    this.#expiries = resized(this.#expiries, new Float64Array(capacity));
    this.#hashes = resized(this.#hashes, new Float64Array(capacity));
    this.#lengths = resized(this.#lengths, new Uint32Array(capacity));
  }
}
