/**
 * Seen batches: which batches of which writers a log has, so that none is written to it twice.
 * A writer says up to which number it will send none again: what is below is not kept one by one.
 */

/** Writers that are remembered; a restarted node is another writer. */
const maxWriters = 4_096;

interface Seen {
  floor: number;
  readonly numbers: Set<number>;
}

export class SeenBatches {
  /** The one that wrote last is last. */
  readonly #writers = new Map<string, Seen>();

  has(writer: string, number: number): boolean {
    const seen = this.#writers.get(writer);
    return seen !== undefined && (number <= seen.floor || seen.numbers.has(number));
  }

  add(writer: string, number: number, settled: number): void {
    this.merge(writer, settled, [number]);
  }

  merge(writer: string, floor: number, numbers: Iterable<number>): void {
    const seen = this.#writers.get(writer) ?? { floor: 0, numbers: new Set<number>() };
    this.#writers.delete(writer);
    this.#writers.set(writer, seen);
    for (const number of numbers) seen.numbers.add(number);
    if (floor > seen.floor) {
      seen.floor = floor;
      for (const number of seen.numbers) if (number <= floor) seen.numbers.delete(number);
    }
    if (this.#writers.size > maxWriters) this.#writers.delete(this.#writers.keys().next().value as string);
  }

  get entries(): [writer: string, floor: number, numbers: readonly number[]][] {
    return [...this.#writers].map(([writer, { floor, numbers }]) => [writer, floor, [...numbers]]);
  }

  mergeAll(other: SeenBatches): void {
    for (const [writer, floor, numbers] of other.entries) this.merge(writer, floor, numbers);
  }
}
