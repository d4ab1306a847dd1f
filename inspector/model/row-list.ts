/**
 * Row list: rows of a trace store in the order of their time. Records come nearly in order, since several nodes write
 * them: those that come late are put in their place when the list is next read.
 */
export class RowList {
  readonly #timeOf: (row: number) => number;
  #rows = new Int32Array(8);
  #length = 0;
  #last = Number.NEGATIVE_INFINITY;
  /** Rows from here on may be out of order. */
  #sorted = 0;

  constructor(timeOf: (row: number) => number) {
    this.#timeOf = timeOf;
  }

  get length(): number {
    return this.#length;
  }

  push(row: number): void {
    if (this.#length === this.#rows.length) {
      const grown = new Int32Array(this.#length * 2);
      grown.set(this.#rows);
      this.#rows = grown;
    }
    const time = this.#timeOf(row);
    if (time >= this.#last) {
      if (this.#sorted === this.#length) this.#sorted += 1;
      this.#last = time;
    }
    this.#rows[this.#length] = row;
    this.#length += 1;
  }

  /** The row at a position, from 0; -1 outside. */
  at(position: number): number {
    this.#settle();
    return position >= 0 && position < this.#length ? (this.#rows[position] as number) : -1;
  }

  /** How many rows have a time up to and with `time`. */
  countUntil(time: number): number {
    this.#settle();
    return this.#search(time, this.#length);
  }

  /** The last row whose time is not after `time`; -1 if there is none. */
  lastUntil(time: number): number {
    return this.at(this.countUntil(time) - 1);
  }

  /** Position of a row that is in the list; -1 if it is not. */
  positionOf(row: number): number {
    const time = this.#timeOf(row);
    for (let position = this.countUntil(time) - 1; position >= 0; position -= 1) {
      const found = this.#rows[position] as number;
      if (found === row) return position;
      if (this.#timeOf(found) < time) return -1;
    }
    return -1;
  }

  /** Forgets the rows with numbers below `first`. */
  dropBefore(first: number): void {
    this.#settle();
    let kept = 0;
    for (let position = 0; position < this.#length; position += 1) {
      const row = this.#rows[position] as number;
      if (row >= first) this.#rows[kept++] = row;
    }
    this.#length = kept;
    this.#sorted = kept;
  }

  /** Puts the late ones in their place: only what follows the earliest of them moves. */
  #settle(): void {
    if (this.#sorted === this.#length) return;
    const rows = this.#rows;
    let earliest = Number.POSITIVE_INFINITY;
    for (let position = this.#sorted; position < this.#length; position += 1) {
      earliest = Math.min(earliest, this.#timeOf(rows[position] as number));
    }
    const from = this.#search(earliest, this.#sorted);
    rows.subarray(from, this.#length).sort((a, b) => this.#timeOf(a) - this.#timeOf(b) || a - b);
    this.#sorted = this.#length;
  }

  #search(time: number, length: number): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timeOf(this.#rows[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
