/**
 * Merge: the batches of a log as one sequence of records. Those of a writer come in the order in which it wrote them, and
 * those of different writers in the order of their time, the first column of type `time`.
 */
import type { PlainValue } from '../../logs/columns.js';
import type { LogFormatName } from '../../logs/format.js';
import type { StreamEntry } from '../../logs/journal.js';
import { createReadLine } from '../../logs/read-line.js';
import { Heap } from '../../stores/heap.js';
import type { Archive, StoredBatch } from './archive.js';

/** A record, with the line it was read from. */
export interface StoredRecord {
  readonly line: string;
  readonly format: LogFormatName;
  readonly stream: StreamEntry;
  readonly values: readonly PlainValue[];
  /** ms since 1970; 0 without a column of time. */
  readonly time: number;
}

/** All records of `batches`, each of which is held in memory only while it is its turn. */
export async function* merge(archive: Archive, batches: readonly StoredBatch[]): AsyncGenerator<StoredRecord> {
  const heads = new Heap<Head>(
    (a, b) => a.record.time < b.record.time || (a.record.time === b.record.time && a.order < b.order),
  );
  for (const [order, own] of [...groupByWriter(batches).values()].entries()) {
    const records = recordsOfWriter(archive, own);
    const { value } = await records.next();
    if (value !== undefined) heads.push({ record: value, records, order });
  }
  for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
    yield head.record;
    const { value } = await head.records.next();
    if (value !== undefined) heads.push({ ...head, record: value });
  }
}

/** The records of a batch, in its order. */
export async function recordsOf(archive: Archive, batch: StoredBatch): Promise<StoredRecord[]> {
  const { stream } = batch;
  const { format, columns } = stream;
  const readLine = createReadLine(format, columns);
  const timeColumn = columns.findIndex(({ type }) => type === 'time');
  return (await archive.linesOf(batch)).map((line) => {
    const values = readLine(line);
    const time = timeColumn === -1 ? 0 : Number(values[timeColumn] ?? 0);
    return { line, format, stream, values, time };
  });
}

interface Head {
  readonly record: StoredRecord;
  readonly records: AsyncGenerator<StoredRecord, undefined>;
  readonly order: number;
}

interface Open {
  readonly records: readonly StoredRecord[];
  readonly batch: StoredBatch;
  next: number;
}

/** Batches of a writer overlap where it spread its records over several loggers. */
async function* recordsOfWriter(
  archive: Archive,
  batches: readonly StoredBatch[],
): AsyncGenerator<StoredRecord, undefined> {
  const waiting = [...batches].sort((a, b) => a.first - b.first).values();
  let following = waiting.next().value;
  let open: Open[] = [];
  while (following !== undefined || open.length > 0) {
    while (following !== undefined && (open.length === 0 || following.first <= placeOf(first(open)))) {
      open.push({ records: await recordsOf(archive, following), batch: following, next: 0 });
      open = open.filter(({ records, next }) => next < records.length);
      following = waiting.next().value;
    }
    if (open.length === 0) continue;
    const next = first(open);
    yield next.records[next.next] as StoredRecord;
    next.next += 1;
    if (next.next === next.records.length) open = open.filter((one) => one !== next);
  }
  return undefined;
}

/** The one whose next record was written first. */
function first(open: readonly Open[]): Open {
  return open.reduce((least, one) => (placeOf(one) < placeOf(least) ? one : least));
}

function placeOf({ batch, next }: Open): number {
  return batch.first + next * batch.stride;
}

function groupByWriter(batches: readonly StoredBatch[]): Map<string, StoredBatch[]> {
  const groups = new Map<string, StoredBatch[]>();
  for (const batch of batches) {
    const group = groups.get(batch.writer);
    if (group === undefined) groups.set(batch.writer, [batch]);
    else group.push(batch);
  }
  return groups;
}
