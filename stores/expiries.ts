/**
 * Expiries: which of many keys expires next, without a timer for each: a heap by time.
 * A key whose expiry changes leaves its old place behind, to be passed over later; when most places are such, they are
 * thrown out.
 */
import { Heap } from './heap.js';
import type { KeyId } from './key.js';

interface Place {
  readonly at: number;
  readonly id: KeyId;
}

export class Expiries {
  readonly #current = new Map<KeyId, number>();
  readonly #heap = new Heap<Place>((one, other) => one.at < other.at);

  /** The earliest expiry, in ms since 1970. */
  get next(): number | undefined {
    this.#dropOld();
    return this.#heap.first?.at;
  }

  set(id: KeyId, at: number | null): void {
    if (at === null) {
      // Of most stores no entry ever expires.
      if (this.#current.size === 0) return;
      this.#current.delete(id);
    } else if (this.#current.get(id) !== at) {
      this.#current.set(id, at);
      this.#heap.push({ at, id });
    }
    if (this.#heap.size > 64 && this.#heap.size > 2 * this.#current.size) this.#rebuild();
  }

  clear(): void {
    this.#current.clear();
    this.#heap.clear();
  }

  /** Up to `limit` keys that expire at or before `now`, the earliest first. They stay. */
  due(now: number, limit: number): KeyId[] {
    // By key: one that was given an expiry that it had before has two places.
    const found = new Map<KeyId, Place>();
    for (let next = this.next; next !== undefined && next <= now && found.size < limit; next = this.next) {
      const place = this.#heap.pop() as Place;
      found.set(place.id, place);
    }
    for (const place of found.values()) this.#heap.push(place);
    return [...found.keys()];
  }

  #dropOld(): void {
    for (
      let top = this.#heap.first;
      top !== undefined && this.#current.get(top.id) !== top.at;
      top = this.#heap.first
    ) {
      this.#heap.pop();
    }
  }

  #rebuild(): void {
    this.#heap.clear();
    for (const [id, at] of this.#current) this.#heap.push({ at, id });
  }
}
