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
  /** Digest of the store after each. */
  readonly digests: number[];
}

const pieceSize = 32 * 1_024;

export class MutationLog {
  readonly #bounds: LogBounds;
  #pieces: Piece[] = [];
  #count = 0;
  #bytes = 0;
  #last: number;
  /** Digest of the store before the oldest that it holds. */
  #digest: number;

  /**
   * @param last - Sequence number of the last mutation before the first that it will hold.
   * @param digest - Of the store after that.
   */
  constructor(last: number, digest: number, bounds: LogBounds) {
    this.#last = last;
    this.#digest = digest;
    this.#bounds = bounds;
  }

  /** Whether it holds everything after `sequence`. */
  reaches(sequence: number): boolean {
    return sequence <= this.#last && sequence >= this.#last - this.#count;
  }

  /** Whether it holds everything after `sequence`, and the store had this digest then: what follows fits a replica that has. */
  continues(sequence: number, digest: number): boolean {
    return this.reaches(sequence) && this.#digestAt(sequence) === digest;
  }

  /**
   * @param mutation - That with the next sequence number. It is copied.
   * @param digest - Of the store after it.
   */
  append(mutation: Uint8Array, digest: number): void {
    const { memory, ends, digests } = this.#pieceFor(mutation.length);
    digests.push(digest);
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
    const memory = new Uint8Array(Math.max(size, pieceSize));
    const piece: Piece = { first: this.#last + 1, memory, ends: [], digests: [] };
    this.#pieces.push(piece);
    return piece;
  }

  #digestAt(sequence: number): number | undefined {
    if (sequence === this.#last - this.#count) return this.#digest;
    const piece = this.#pieces.findLast(({ first }) => first <= sequence);
    return piece?.digests[sequence - piece.first];
  }

  #forget(): void {
    const [piece, next] = this.#pieces as [Piece, Piece | undefined];
    const oldest = this.#last - this.#count + 1;
    const [start, end] = extentIn(piece, oldest);
    this.#bytes -= end - start;
    this.#digest = piece.digests[oldest - piece.first] as number;
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
