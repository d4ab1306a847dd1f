/**
 * Columns: what of each record is looked at often, as typed arrays, and its line, from which the rest is parsed when
 * somebody looks. Rows have numbers from 0 that never change; the oldest may be forgotten.
 */

const startCapacity = 1_024;

/** Of one record; numbers below 0 mean that there is none. */
export interface Row {
  /** ms since 1970, with fractions. */
  readonly time: number;
  /** Index of the kind. */
  readonly kind: number;
  /** Index of the node's lifetime. */
  readonly life: number;
  readonly sequence: number;
  /** Index of the actor. */
  readonly actor: number;
  /** Indices of words. */
  readonly label: number;
  readonly state: number;
  readonly taken: number;
  readonly causeLife: number;
  readonly causeSequence: number;
}

type Column = Float64Array | Int32Array | Uint8Array | Uint32Array;

export class Columns {
  #first = 0;
  #count = 0;
  #arrays = createArrays(startCapacity);
  readonly #lines: string[] = [];

  /** Number of the oldest row that is kept. */
  get first(): number {
    return this.#first;
  }

  /** Number of the next row. */
  get end(): number {
    return this.#first + this.#count;
  }

  add(row: Row, line: string): number {
    if (this.#count === this.#arrays.time.length) this.#arrays = createArrays(this.#count * 2, this.#arrays);
    for (const name of names) this.#arrays[name][this.#count] = row[name];
    this.#lines.push(line);
    this.#count += 1;
    return this.end - 1;
  }

  get(name: keyof Row, row: number): number {
    return this.#arrays[name][row - this.#first] as number;
  }

  time = (row: number): number => this.#arrays.time[row - this.#first] as number;

  line(row: number): string {
    return this.#lines[row - this.#first] ?? '';
  }

  drop(count: number): void {
    for (const name of names) this.#arrays[name].copyWithin(0, count, this.#count);
    this.#lines.splice(0, count);
    this.#first += count;
    this.#count -= count;
  }
}

type Arrays = Record<keyof Row, Column>;

function createArrays(capacity: number, old?: Arrays): Arrays {
  const arrays: Arrays = {
    time: new Float64Array(capacity),
    kind: new Uint8Array(capacity),
    life: new Int32Array(capacity),
    sequence: new Float64Array(capacity),
    actor: new Int32Array(capacity),
    label: new Int32Array(capacity),
    state: new Int32Array(capacity),
    taken: new Int32Array(capacity),
    causeLife: new Int32Array(capacity),
    causeSequence: new Float64Array(capacity),
  };
  if (old !== undefined) for (const name of names) arrays[name].set(old[name]);
  return arrays;
}

const names = [
  'time',
  'kind',
  'life',
  'sequence',
  'actor',
  'label',
  'state',
  'taken',
  'causeLife',
  'causeSequence',
] as const satisfies readonly (keyof Row)[];
