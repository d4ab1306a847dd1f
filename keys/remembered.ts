/**
 * Remembered: something about each of many who come, of the latest only. Whoever comes from ever new places takes no more
 * memory for it.
 */

/** How many are remembered at most; beyond, those go that have not come for the longest time. */
const max = 4_096;

export class Remembered<V> {
  readonly #create: () => V;
  /** The latest last: a `Map` keeps the order in which things were added. */
  readonly #values = new Map<string, V>();

  /** @param create - What is known of one who comes for the first time, or was forgotten. */
  constructor(create: () => V) {
    this.#create = create;
  }

  of(who: string): V {
    const value = this.#values.get(who) ?? this.#create();
    this.#values.delete(who);
    this.#values.set(who, value);
    if (this.#values.size > max) this.#forgetOldest();
    return value;
  }

  #forgetOldest(): void {
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      return;
    }
  }
}
