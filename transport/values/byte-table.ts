/**
 * A table from bytes to what they have turned out to mean, for what comes again and again: topics, names, keys.
 * It never grows. Two entries that fall on one place push each other out, so a peer that invents some gains no memory
 * and costs the others a little speed at most.
 */

/** A run of bytes. */
export interface Bytes {
  readonly length: number;
  /** The bytes, and up to three that mean nothing: they are compared and copied four at a time. */
  readonly view: DataView;
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

  add(entry: Entry): Entry {
    this.#entries[hash(entry.view, 0, entry.length) & this.#mask] = entry;
    return entry;
  }
}

/** A copy of the bytes of `view` from `start` to `end`. */
export function copyBytes(view: DataView, start: number, end: number): Bytes {
  const length = end - start;
  const copy = new Uint8Array((length + 3) & ~3);
  copy.set(new Uint8Array(view.buffer, view.byteOffset + start, length));
  return { length, view: new DataView(copy.buffer) };
}

/** Whether `bytes` stand in `view` at `start`. They must not reach beyond its end. */
export function startsWith(view: DataView, start: number, bytes: Bytes): boolean {
  const { length, view: own } = bytes;
  const words = length & ~3;
  for (let i = 0; i < words; i += 4) if (view.getInt32(start + i) !== own.getInt32(i)) return false;
  for (let i = words; i < length; i++) if (view.getUint8(start + i) !== own.getUint8(i)) return false;
  return true;
}

function hash(view: DataView, start: number, end: number): number {
  let mixed = end - start;
  let i = start;
  for (; i + 4 <= end; i += 4) mixed = Math.imul(mixed ^ view.getInt32(i), 0x9e3779b1);
  for (; i < end; i++) mixed = Math.imul(mixed ^ view.getUint8(i), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
