/**
 * Open batch: records of one stream, encoded one after the other, until the batch is closed and gets its number.
 */
import { EventWriter } from '../../transport/codec.js';

export interface SealedRecords {
  readonly first: number;
  readonly stride: number;
  readonly count: number;
  readonly records: Uint8Array;
}

export class OpenBatch {
  readonly #writer = new EventWriter();
  #first = 0;
  #stride = 1;
  count = 0;

  get size(): number {
    return this.#writer.length;
  }

  /**
   * Adds a record, which is the stream's `index`th at this node, and `stride` after the one before it in this batch.
   * @returns how many bytes it has by itself; it may have taken less.
   * @throws TypeError for what cannot be sent, naming its path; nothing is added then.
   */
  append(values: readonly unknown[], index: number, stride: number): number {
    const size = this.#writer.append('', '', values);
    if (this.count === 0) {
      this.#first = index;
      this.#stride = stride;
    }
    this.count += 1;
    return size;
  }

  /** Takes out the record that was added last, when the batch had `size` bytes. */
  takeBack(size: number): void {
    this.#writer.takeBack(size);
    this.count -= 1;
  }

  /** What it has; it is empty then. */
  seal(): SealedRecords {
    const { bytes, length } = this.#writer;
    const records = new Uint8Array(bytes.subarray(0, length));
    const sealed = { first: this.#first, stride: this.#stride, count: this.count, records };
    this.#writer.clear();
    this.count = 0;
    return sealed;
  }
}
