/**
 * Journal: beside the data of a log, which batch is where in it. Lines of JSON, each an array whose first element says what
 * it is; see `logs/PROTOCOL.md` for what follows from it at a crash.
 */
import type { Column, LogFormatName } from './format.js';
import { SeenBatches } from './seen-batches.js';

/** Where a batch is in the data, and which records of its writer it has: `first`, `first + stride`, … */
export interface BatchEntry {
  readonly offset: number;
  readonly length: number;
  readonly writer: string;
  readonly number: number;
  /** The writer sends none up to this number again. */
  readonly settled: number;
  readonly count: number;
  readonly first: number;
  readonly stride: number;
  /** What its lines look like. */
  readonly stream: StreamEntry;
}

export interface StreamEntry {
  readonly id: string;
  readonly path: string;
  readonly format: LogFormatName;
  readonly columns: readonly Column[];
}

type Entry =
  | readonly ['journal', version: 1, openedAt: number, node: string]
  | readonly ['seen', writer: string, floor: number, numbers: readonly number[]]
  | readonly [
      'stream',
      id: string,
      path: string,
      format: LogFormatName,
      columns: readonly (readonly [string, string])[],
    ]
  /** What is no record: a header or footer. */
  | readonly ['text', offset: number, length: number]
  | readonly [
      'batch',
      offset: number,
      length: number,
      writer: string,
      number: number,
      settled: number,
      count: number,
      first: number,
      stride: number,
    ];

export interface ReadJournal {
  readonly openedAt: number;
  readonly node: string;
  readonly batches: readonly BatchEntry[];
  readonly stream: StreamEntry | undefined;
  readonly seen: SeenBatches;
  /** Bytes of the data that the journal knows. */
  readonly dataEnd: number;
  /** Bytes of the journal up to which this is what it says. */
  readonly end: number;
}

/** The beginning of a journal: what its log has seen before. */
export function writeHead(openedAt: number, node: string, seen: SeenBatches): string {
  return lineOf(['journal', 1, openedAt, node]) + seen.entries.map((entry) => lineOf(['seen', ...entry])).join('');
}

export function writeStream({ id, path, format, columns }: StreamEntry): string {
  return lineOf(['stream', id, path, format, columns.map(({ name, type }) => [name, type] as const)]);
}

export function writeText(offset: number, length: number): string {
  return lineOf(['text', offset, length]);
}

export function writeBatch(batch: Omit<BatchEntry, 'stream'>): string {
  const { offset, length, writer, number, settled, count, first, stride } = batch;
  return lineOf(['batch', offset, length, writer, number, settled, count, first, stride]);
}

/**
 * What a journal says of the first `dataSize` bytes of its data. A line that is torn ends it, and so does one whose bytes are
 * not all there. Undefined if it has no beginning.
 */
export function readJournal(bytes: Uint8Array, dataSize = Number.POSITIVE_INFINITY): ReadJournal | undefined {
  const seen = new SeenBatches();
  const batches: BatchEntry[] = [];
  let head: { openedAt: number; node: string } | undefined;
  let stream: StreamEntry | undefined;
  let dataEnd = 0;
  let end = 0;
  for (let newline = bytes.indexOf(0x0a); newline !== -1; newline = bytes.indexOf(0x0a, end)) {
    const entry = entryOf(Buffer.from(bytes.buffer, bytes.byteOffset + end, newline - end).toString());
    if (entry === undefined || (head === undefined) !== (entry[0] === 'journal')) break;
    if (entry[0] === 'journal') {
      head = { openedAt: entry[2], node: entry[3] };
    } else if (entry[0] === 'seen') {
      seen.merge(entry[1], entry[2], entry[3]);
    } else if (entry[0] === 'stream') {
      const [, id, path, format, columns] = entry;
      stream = { id, path, format, columns: columns.map(([name, type]) => ({ name, type }) as Column) };
    } else {
      const [, offset, length] = entry;
      if (offset !== dataEnd || offset + length > dataSize) break;
      dataEnd = offset + length;
      if (entry[0] === 'batch' && stream !== undefined) {
        const [, , , writer, number, settled, count, first, stride] = entry;
        batches.push({ offset, length, writer, number, settled, count, first, stride, stream });
        seen.add(writer, number, settled);
      }
    }
    end = newline + 1;
  }
  return head && { ...head, batches, stream, seen, dataEnd, end };
}

function lineOf(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

function entryOf(line: string): Entry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return Array.isArray(entry) ? (entry as unknown as Entry) : undefined;
  } catch {
    return undefined;
  }
}
