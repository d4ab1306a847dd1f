/**
 * Recent: the links that ended here not long ago. Frames of theirs may still be on the way and mean nothing.
 * Bounded, the oldest go first: an attacker can make up as many links as he likes.
 */
export class RecentTopics {
  readonly #limit: number;
  /** Oldest first: a `Set` keeps the order in which things were added. */
  readonly #topics = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  add(topic: string): void {
    this.#topics.add(topic);
    if (this.#topics.size <= this.#limit) return;
    for (const oldest of this.#topics) {
      this.#topics.delete(oldest);
      return;
    }
  }
}
