/**
 * A table from bytes to what they have turned out to mean, for what comes again and again: topics, names, keys.
 * It never grows. Two entries that fall on one place push each other out, so a peer that invents some gains no memory
 * and costs the others a little speed at most.
 */

/** A run of bytes, to be compared and copied four at a time. */
export interface Bytes {
  readonly length: number;
  /** As many groups of four as there are, then the bytes that are left. */
  readonly words: readonly number[];
}

export class ByteTable<Entry extends Bytes> {
  readonly #entries: (Entry | undefined)[];
  readonly #mask: number;

  /** @param places - A power of two. */
  constructor(places: number) {
    this.#entries = new Array(places).fill(undefined);
    this.#mask = places - 1;
  }

  /** The entry that consists of the bytes of `view` from `start` to `end`. */
  find(view: DataView, start: number, end: number): Entry | undefined {
    const entry = this.#entries[hash(view, start, end) & this.#mask];
    return entry !== undefined && entry.length === end - start && startsWith(view, start, entry) ? entry : undefined;
  }

  /** Puts in `entry`, which consists of the bytes of `view` from `start` on. */
  add(view: DataView, start: number, entry: Entry): Entry {
    this.#entries[hash(view, start, start + entry.length) & this.#mask] = entry;
    return entry;
  }
}

/** A copy of the bytes of `view` from `start` to `end`. */
export function copyBytes(view: DataView, start: number, end: number): Bytes {
  const words: number[] = [];
  let i = start;
  for (; i + 4 <= end; i += 4) words.push(view.getInt32(i));
  for (; i < end; i++) words.push(view.getUint8(i));
  return { length: end - start, words };
}

/** Whether `bytes` stand in `view` at `start`. They must not reach beyond its end. */
export function startsWith(view: DataView, start: number, bytes: Bytes): boolean {
  const { length, words } = bytes;
  const whole = length >> 2;
  let at = start;
  for (let i = 0; i < whole; i++, at += 4) if (view.getInt32(at) !== words[i]) return false;
  for (let i = whole; i < words.length; i++, at++) if (view.getUint8(at) !== words[i]) return false;
  return true;
}

/** Puts `bytes` into `view` at `start`. */
export function putBytes(view: DataView, start: number, bytes: Bytes): void {
  const { length, words } = bytes;
  const whole = length >> 2;
  let at = start;
  for (let i = 0; i < whole; i++, at += 4) view.setInt32(at, words[i] as number);
  for (let i = whole; i < words.length; i++, at++) view.setUint8(at, words[i] as number);
}

function hash(view: DataView, start: number, end: number): number {
  let mixed = end - start;
  let i = start;
  for (; i + 4 <= end; i += 4) mixed = Math.imul(mixed ^ view.getInt32(i), 0x9e3779b1);
  for (; i < end; i++) mixed = Math.imul(mixed ^ view.getUint8(i), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
