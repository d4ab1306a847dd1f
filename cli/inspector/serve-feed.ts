/**
 * Serve feed: tells what happens at a node, or at the supervisor, to one who watches: NDJSON on a connection. Who reads
 * slowly gets less, and is told how much less; the node waits for nobody.
 */
import type { Writable } from 'node:stream';
import { droppedBefore, toLine } from '../../trace/output.js';
import type { TraceRecord } from '../../trace/record.js';
import type { Tracer, TraceScope } from '../../trace/tracer.js';

/** Records are sent together, so often, in ms: a write for each would cost more than all the rest. */
const flushInterval = 50;
/** Characters that may wait to be sent or read. */
const maxPending = 4 * 1_024 * 1_024;

/** Until the connection is closed by who watches; then it costs nothing any more. */
export function serveFeed(tracer: Tracer, scope: TraceScope = 'control', connection: Writable): void {
  let lines: string[] = [];
  let pending = 0;
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    timer = undefined;
    connection.write(lines.join(''));
    lines = [];
    pending = 0;
  };
  const add = (line: string) => {
    lines.push(line);
    pending += line.length;
    timer ??= setTimeout(flush, flushInterval).unref();
  };
  const take = (record: TraceRecord) => {
    if (pending + connection.writableLength > maxPending) {
      dropped += 1;
      return;
    }
    if (dropped > 0) add(toLine(droppedBefore(record, dropped)));
    dropped = 0;
    add(toLine(record));
  };

  if (connection.destroyed) return;
  // Who watches may go away at any time.
  connection.on('error', () => {});
  const stop = tracer.listen(take, scope);
  connection.once('close', () => {
    stop();
    clearTimeout(timer);
  });
  flush();
}
