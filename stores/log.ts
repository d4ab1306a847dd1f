/**
 * Mutation log: the latest mutations of a master, in bytes, so that a clone that was away gets what it missed.
 * Bounded in number and in bytes; what is older is forgotten, and a clone that needs it gets a snapshot.
 */

export interface LogBounds {
  readonly maxCount: number;
  readonly maxBytes: number;
}

export class MutationLog {
  readonly #bounds: LogBounds;
  /** From `#start` on, without gaps; what lies before is forgotten. */
  #mutations: Uint8Array[] = [];
  #start = 0;
  #bytes = 0;
  #last: number;

  /** @param last - Sequence number of the last mutation before the first that it will hold. */
  constructor(last: number, bounds: LogBounds) {
    this.#last = last;
    this.#bounds = bounds;
  }

  /** Whether it holds everything after `sequence`. */
  reaches(sequence: number): boolean {
    return sequence <= this.#last && sequence >= this.#last - this.#count;
  }

  /** @param mutation - That with the next sequence number. */
  append(mutation: Uint8Array): void {
    this.#mutations.push(mutation);
    this.#bytes += mutation.length;
    this.#last += 1;
    while (this.#count > this.#bounds.maxCount || this.#bytes > this.#bounds.maxBytes) this.#forget();
    if (this.#start > 1_024 && this.#start * 2 > this.#mutations.length) {
      this.#mutations = this.#mutations.slice(this.#start);
      this.#start = 0;
    }
  }

  /** What follows `sequence`, as many as make up about `bytes`, at least one; {@link reaches} must hold. */
  after(sequence: number, bytes: number): Uint8Array[] {
    const some: Uint8Array[] = [];
    let size = 0;
    for (let at = this.#mutations.length - (this.#last - sequence); at < this.#mutations.length; at++) {
      const mutation = this.#mutations[at] as Uint8Array;
      if (size > 0 && size + mutation.length > bytes) break;
      some.push(mutation);
      size += mutation.length;
    }
    return some;
  }

  get #count(): number {
    return this.#mutations.length - this.#start;
  }

  #forget(): void {
    this.#bytes -= (this.#mutations[this.#start] as Uint8Array).length;
    this.#mutations[this.#start] = nothing;
    this.#start += 1;
  }
}

const nothing = new Uint8Array(0);
