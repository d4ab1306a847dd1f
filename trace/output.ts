/**
 * Output: where the trace of a node goes, and what it writes to a file: one record a line, as JSON.
 */
import { createWriteStream } from 'node:fs';
import { messageOf } from '../errors.js';
import { type TraceRecord, type TraceSink, traceVersion } from './record.js';
import type { Train } from './tracer.js';

export interface TraceOutput {
  readonly write: TraceSink;
  close(): Promise<void>;
  /** Shared with others of the same simulation. */
  readonly train?: Train;
}

/** Bytes that may wait to be written; records beyond that are left out, and their number told. */
const maxPending = 16 * 1_024 * 1_024;

/** The record as a line of NDJSON, its newline included. */
export function toLine(record: TraceRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * Appends to a file, so that several nodes may write to the same one: each write is of whole lines. What a failed write
 * loses is lost; `onError` is told once.
 */
export function openTraceFile(path: string, onError: (message: string) => void): TraceOutput {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  let dropped = 0;
  let isBroken = false;
  stream.on('error', (error) => {
    isBroken = true;
    onError(`cannot write the trace to ${path}: ${messageOf(error)}. The node goes on without it.`);
  });
  return {
    write(record) {
      if (isBroken) return;
      if (stream.writableLength > maxPending) {
        dropped += 1;
        return;
      }
      if (dropped > 0) stream.write(toLine(droppedBefore(record, dropped)));
      dropped = 0;
      stream.write(toLine(record));
    },
    close: () =>
      new Promise((resolve) => {
        if (isBroken) resolve();
        else stream.end(() => resolve());
      }),
  };
}

/** Tells of records that were left out before this one. */
export function droppedBefore({ node, id, sequence, wall, monotonic }: TraceRecord, count: number): TraceRecord {
  return { version: traceVersion, node, id, sequence: sequence - 1, wall, monotonic, kind: 'dropped', data: { count } };
}
