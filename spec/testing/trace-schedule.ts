/**
 * Trace of a schedule: it is run once more, and what happens is written to a file that `muster inspect` opens: what was done
 * to the cluster are its marks, and what failed is its last record.
 */
import { writeFileSync } from 'node:fs';
import { messageOf } from '../../errors.js';
import { toLine } from '../../testing/index.js';
import type { TraceRecord } from '../../trace/record.js';
import { runSchedule, type Schedule } from './schedule.js';

/** @returns what failed; undefined if nothing did. */
export async function traceSchedule(schedule: Schedule, file: string): Promise<string | undefined> {
  const lines: string[] = [];
  let last: TraceRecord | undefined;
  const watch = (record: TraceRecord) => {
    last = record;
    lines.push(toLine(record));
  };
  const failure = await runSchedule(schedule, undefined, watch).then(() => undefined, messageOf);
  if (failure !== undefined && last !== undefined) lines.push(toLine(verdictAfter(last, failure)));
  writeFileSync(file, lines.join(''));
  return failure;
}

function verdictAfter({ version, wall, monotonic }: TraceRecord, message: string): TraceRecord {
  const data = { level: 'error', message } as const;
  return { version, node: '', id: 'verdict', sequence: 1, wall, monotonic, kind: 'line', data };
}
