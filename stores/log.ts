/**
 * Mutation log: the latest mutations of a master, in bytes, so that a clone that was away gets what it missed.
 * Bounded in number and in bytes; what is older is forgotten, and a clone that needs it gets a snapshot.
 */

export interface LogBounds {
  readonly maxCount: number;
  readonly maxBytes: number;
}

/** Some mutations in a row, in memory that they share: each on its own would take several times its size. */
interface Piece {
  /** Sequence number of the first. */
  readonly first: number;
  readonly memory: Uint8Array;
  /** Where each ends; it begins where the one before ends. */
  readonly ends: number[];
}

const pieceSize = 32 * 1_024;

export class MutationLog {
  readonly #bounds: LogBounds;
  #pieces: Piece[] = [];
  #count = 0;
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

  /** @param mutation - That with the next sequence number. It is copied. */
  append(mutation: Uint8Array): void {
    const { memory, ends } = this.#pieceFor(mutation.length);
    const start = ends.at(-1) ?? 0;
    memory.set(mutation, start);
    ends.push(start + mutation.length);
    this.#bytes += mutation.length;
    this.#count += 1;
    this.#last += 1;
    while (this.#count > this.#bounds.maxCount || this.#bytes > this.#bounds.maxBytes) this.#forget();
  }

  /**
   * What follows `sequence`, as many as make up about `bytes`, at least one; {@link reaches} must hold.
   * @returns views of what does not change.
   */
  after(sequence: number, bytes: number): Uint8Array[] {
    const some: Uint8Array[] = [];
    let size = 0;
    let at = this.#pieces.findLastIndex(({ first }) => first <= sequence + 1);
    for (let next = sequence + 1; next <= this.#last; next++) {
      if (next >= (this.#pieces[at + 1]?.first ?? Number.POSITIVE_INFINITY)) at += 1;
      const mutation = mutationIn(this.#pieces[at] as Piece, next);
      if (size > 0 && size + mutation.length > bytes) break;
      some.push(mutation);
      size += mutation.length;
    }
    return some;
  }

  #pieceFor(size: number): Piece {
    const latest = this.#pieces.at(-1);
    if (latest !== undefined && (latest.ends.at(-1) ?? 0) + size <= latest.memory.length) return latest;
    const piece = { first: this.#last + 1, memory: new Uint8Array(Math.max(size, pieceSize)), ends: [] };
    this.#pieces.push(piece);
    return piece;
  }

  #forget(): void {
    const [piece, next] = this.#pieces as [Piece, Piece | undefined];
    const oldest = this.#last - this.#count + 1;
    const [start, end] = extentIn(piece, oldest);
    this.#bytes -= end - start;
    this.#count -= 1;
    if (oldest + 1 === next?.first || this.#count === 0) this.#pieces.shift();
  }
}

function mutationIn(piece: Piece, sequence: number): Uint8Array {
  return piece.memory.subarray(...extentIn(piece, sequence));
}

function extentIn({ first, ends }: Piece, sequence: number): [start: number, end: number] {
  const at = sequence - first;
  return [at === 0 ? 0 : (ends[at - 1] as number), ends[at] as number];
}
