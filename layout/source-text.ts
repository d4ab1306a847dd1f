/**
 * The text of a file, its places, and errors that name them.
 */
import { MusterError } from '../errors.js';
import type { Position } from './problems.js';

export class SourceText {
  /** The file as messages name it. */
  readonly file: string;
  readonly text: string;
  /** Offsets at which lines start, found when first needed. */
  #lineStarts: number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  position(offset: number): Position {
    this.#lineStarts ??= [0, ...Array.from(this.text.matchAll(/\r\n?|\n/g), (end) => end.index + end[0].length)];
    let [first, last] = [0, this.#lineStarts.length - 1];
    while (first < last) {
      const middle = Math.ceil((first + last) / 2);
      if ((this.#lineStarts[middle] ?? 0) <= offset) first = middle;
      else last = middle - 1;
    }
    return { line: first + 1, column: offset - (this.#lineStarts[first] ?? 0) + 1 };
  }

  /** An error at `offset`, after which reading cannot go on. */
  error(offset: number, message: string): MusterError {
    const { line, column } = this.position(offset);
    return new MusterError('MUSTER_LAYOUT_UNREADABLE', `${this.file}:${line}:${column}: ${message}`);
  }
}
