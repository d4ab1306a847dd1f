/**
 * Messages between writers of logs and loggers: events of the framework under one name, which no handler of a user sees.
 * The arguments are the kind of message, and what the interfaces here say; see `actors/logging/PROTOCOL.md`.
 */
import { MusterError } from '../../errors.js';
import { columnsProblem } from '../../logs/columns.js';
import type { Column, LogValues } from '../../logs/format.js';
import { isValidPath } from '../../logs/names.js';
import type { KeptBatch } from '../../logs/stretch.js';
import { decodeEvents } from '../../transport/codec.js';

export const logEvent = 'Muster::log';

/** Records in a batch, and bytes after which it is closed before. */
export const maxBatchRecords = 400;
export const maxBatchBytes = 128 * 1_024;
/** Characters of the id of a stream; it is at least one. */
export const maxStreamId = 256;
/** Batches that may be under way to one logger. */
export const maxUnderWay = 8;

/** What describes a stream on the wire: id, path, names and types of the columns. */
export type WireStream = [id: string, path: string, columns: [name: string, type: string][]];

/** Writer → logger, after the word `batch`. The records are events with neither topic nor name, whose arguments are the values. */
export type BatchMessage = [
  writer: string,
  number: number,
  settled: number,
  stream: WireStream,
  first: number,
  stride: number,
  count: number,
  records: Uint8Array,
];

/** Logger → writer, after the word `kept`. */
export type KeptMessage = [writer: string, numbers: number[]];

/**
 * Reads a batch.
 * @throws {@link MusterError} `MUSTER_FRAME_INVALID` for what is none.
 */
export function readBatch(message: readonly unknown[]): { readonly path: string; readonly batch: KeptBatch } {
  const [writer, number, settled, stream, first, stride, count, records] = message as Partial<BatchMessage>;
  const [id, path, given] = Array.isArray(stream) ? (stream as Partial<WireStream>) : [];
  const isSound =
    typeof writer === 'string' &&
    writer.length <= 256 &&
    [number, first, stride, count].every((n) => isCount(n) && n > 0) &&
    isCount(settled) &&
    typeof id === 'string' &&
    id !== '' &&
    id.length <= maxStreamId &&
    isValidPath(path) &&
    Array.isArray(given) &&
    given.every((column) => Array.isArray(column)) &&
    records instanceof Uint8Array;
  if (!isSound) throw invalid('is malformed');
  const columns = given.map(([name, type]) => ({ name, type }) as Column);
  const problem = columnsProblem(columns);
  if (problem !== undefined) throw invalid(`of stream ${id}: ${problem}`);
  const rows: LogValues[] = [];
  decodeEvents(records, count as number, (_topic, _name, values) => {
    if (values.length !== columns.length || !values.every(isLogValue))
      throw invalid(`of stream ${id} has a bad record`);
    rows.push(values as LogValues);
  });
  const counts = { number, settled, first, stride } as Pick<KeptBatch, 'number' | 'settled' | 'first' | 'stride'>;
  return { path, batch: { writer, ...counts, stream: { id, columns }, rows } };
}

/** @throws {@link MusterError} `MUSTER_FRAME_INVALID` for what is none. */
export function readKept([writer, numbers]: readonly unknown[]): KeptMessage {
  if (typeof writer !== 'string' || !Array.isArray(numbers) || !numbers.every(isCount)) throw invalid('is malformed');
  return [writer, numbers];
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isLogValue(value: unknown): boolean {
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar));
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null || value instanceof Uint8Array;
}

function invalid(what: string): MusterError {
  return new MusterError('MUSTER_FRAME_INVALID', `a message about logs ${what}`);
}
