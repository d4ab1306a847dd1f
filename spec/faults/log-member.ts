/**
 * The program of a member of a {@link LogDrill}: a logger, or a writer that writes numbered records to a stream, as fast as
 * there is room, and tells how many are kept.
 *
 *   node log-member.js '{"name": …, "layout": …, "options": …, "records": 1000, "pause": 0}'
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { joinCluster, type LayoutDefinition, type OptionsInput } from '../../index.js';

export interface LogAssignment {
  readonly name: string;
  readonly layout: LayoutDefinition;
  readonly options: OptionsInput;
  /** How many it writes; 0 for a logger. */
  readonly records: number;
  /** ms after each 500 records. */
  readonly pause: number;
}

export type LogNews =
  | { readonly type: 'ready' }
  /** So many of its records are kept. */
  | { readonly type: 'kept'; readonly count: number }
  | { readonly type: 'lost'; readonly count: number };

/** Records of which it tells at once. */
const step = 500;

const { records, pause, ...assignment } = JSON.parse(process.argv[2] as string) as LogAssignment;
const tell = (news: LogNews) => process.connected && process.send?.(news);

process.on('disconnect', () => process.exit());
const node = await joinCluster(assignment);
const stream = node.createLogStream('Drill::LOG', {
  columns: { ts: 'time', writer: 'string', number: 'count', text: 'string' },
});
node.on('Muster::log_records_lost', (_stream, count) => tell({ type: 'lost', count }));
process.once('message', async () => {
  await node.leave();
  process.disconnect();
});
await node.ready();
tell({ type: 'ready' });
for (let number = 1; number <= records; number++) {
  const text = `${number}\t${'x'.repeat(number % 100)}`;
  if (!stream.write({ ts: Date.now(), writer: node.name, number, text })) await stream.drained();
  if (number % step !== 0 && number !== records) continue;
  const flushed = stream.flush().then(() => tell({ type: 'kept', count: number }));
  if (number === records) await flushed;
  else await sleep(pause);
}
