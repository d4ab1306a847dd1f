/**
 * A table from bytes to what they have turned out to mean, for what comes again and again: topics, names, keys.
 * It never grows. Two entries that fall on one place push each other out, so a peer that invents some gains no memory
 * and costs the others a little speed at most.
 */

interface Entry<T> {
  readonly length: number;
  /** The bytes, and up to three that mean nothing. */
  readonly view: DataView;
  readonly meaning: T;
}

export class ByteTable<T> {
  readonly #entries: (Entry<T> | undefined)[];
  readonly #mask: number;

  /** @param places - A power of two. */
  constructor(places: number) {
    this.#entries = new Array(places).fill(undefined);
    this.#mask = places - 1;
  }

  /** What the bytes of `view` from `start` to `end` mean, if that is known. */
  find(view: DataView, start: number, end: number): T | undefined {
    const entry = this.#entries[this.#place(view, start, end)];
    if (entry === undefined || entry.length !== end - start) return undefined;
    return startsWith(view, start, entry) ? entry.meaning : undefined;
  }

  remember(view: DataView, start: number, end: number, meaning: T): void {
    const length = end - start;
    const copy = new Uint8Array((length + 3) & ~3);
    copy.set(new Uint8Array(view.buffer, view.byteOffset + start, length));
    this.#entries[this.#place(view, start, end)] = { length, view: new DataView(copy.buffer), meaning };
  }

  #place(view: DataView, start: number, end: number): number {
    let hash = end - start;
    let i = start;
    for (; i + 4 <= end; i += 4) hash = Math.imul(hash ^ view.getInt32(i), 0x9e3779b1);
    for (; i < end; i++) hash = Math.imul(hash ^ view.getUint8(i), 0x9e3779b1);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}

/** Whether the bytes of `prefix` stand in `view` at `start`. They must not reach beyond its end. */
export function startsWith(view: DataView, start: number, prefix: Pick<Entry<unknown>, 'length' | 'view'>): boolean {
  const { length, view: own } = prefix;
  const words = length & ~3;
  for (let i = 0; i < words; i += 4) if (view.getInt32(start + i) !== own.getInt32(i)) return false;
  for (let i = words; i < length; i++) if (view.getUint8(start + i) !== own.getUint8(i)) return false;
  return true;
}
