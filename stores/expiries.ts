/**
 * Expiries: which of many keys expires next, without a timer for each: a binary heap by time.
 * A key whose expiry changes leaves its old place behind, to be passed over later; when most places are such, they are
 * thrown out.
 */
import type { KeyId } from './key.js';

interface Place {
  readonly at: number;
  readonly id: KeyId;
}

export class Expiries {
  readonly #current = new Map<KeyId, number>();
  #heap: Place[] = [];

  /** The earliest expiry, in ms since 1970. */
  get next(): number | undefined {
    this.#dropOld();
    return this.#heap[0]?.at;
  }

  set(id: KeyId, at: number | null): void {
    if (at === null) {
      // Of most stores no entry ever expires.
      if (this.#current.size === 0) return;
      this.#current.delete(id);
    } else if (this.#current.get(id) !== at) {
      this.#current.set(id, at);
      this.#push({ at, id });
    }
    if (this.#heap.length > 64 && this.#heap.length > 2 * this.#current.size) this.#rebuild();
  }

  clear(): void {
    this.#current.clear();
    this.#heap = [];
  }

  /** Up to `limit` keys that expire at or before `now`, the earliest first. They stay. */
  due(now: number, limit: number): KeyId[] {
    // By key: one that was given an expiry that it had before has two places.
    const found = new Map<KeyId, Place>();
    for (let next = this.next; next !== undefined && next <= now && found.size < limit; next = this.next) {
      const place = this.#pop() as Place;
      found.set(place.id, place);
    }
    for (const place of found.values()) this.#push(place);
    return [...found.keys()];
  }

  #dropOld(): void {
    for (let top = this.#heap[0]; top !== undefined && this.#current.get(top.id) !== top.at; top = this.#heap[0])
      this.#pop();
  }

  #rebuild(): void {
    this.#heap = [];
    for (const [id, at] of this.#current) this.#push({ at, id });
  }

  #push(place: Place): void {
    const heap = this.#heap;
    let at = heap.push(place) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as Place).at <= place.at) break;
      heap[at] = heap[parent] as Place;
      at = parent;
    }
    heap[at] = place;
  }

  #pop(): Place | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      if (right !== undefined && right.at < (heap[child] as Place).at) child += 1;
      if ((heap[child] as Place).at >= last.at) break;
      heap[at] = heap[child] as Place;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
