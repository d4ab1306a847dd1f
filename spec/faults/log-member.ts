/**
 * The program of a member of a {@link LogDrill}: a logger, or a writer that writes numbered records to a stream, as fast as
 * there is room, until it is told to halt, and tells how many are kept.
 *
 *   node log-member.js '{"name": …, "layout": …, "options": …, "pause": 0}'
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { joinCluster, type LayoutDefinition, type OptionsInput } from 'muster';

export interface LogAssignment {
  readonly name: string;
  readonly layout: LayoutDefinition;
  readonly options: OptionsInput;
  /** ms after each 500 records of a writer; a logger has none. */
  readonly pause?: number | undefined;
}

/** `halt` is for writers. */
export type LogOrder = 'halt' | 'leave';

export type LogNews =
  | { readonly type: 'ready' }
  /** So many of its records are kept. */
  | { readonly type: 'kept'; readonly count: number }
  /** It has halted; all that it wrote is kept. */
  | { readonly type: 'written'; readonly count: number }
  | { readonly type: 'lost'; readonly count: number };

/** Records of which it tells at once. */
const step = 500;

const { pause, ...assignment } = JSON.parse(process.argv[2] as string) as LogAssignment;
const tell = (news: LogNews) => process.connected && process.send?.(news);

let isHalted = false;

process.on('disconnect', () => process.exit());
const node = await joinCluster(assignment);
const stream = node.createLogStream('Drill::LOG', {
  columns: { ts: 'time', writer: 'string', number: 'count', text: 'string' },
});
node.on('Muster::log_records_lost', (_stream, count) => tell({ type: 'lost', count }));
process.on('message', async (order: LogOrder) => {
  isHalted = true;
  if (order === 'halt') return;
  await node.leave();
  process.disconnect();
});
await node.ready();
tell({ type: 'ready' });
if (pause !== undefined) tell({ type: 'written', count: await write(pause) });

async function write(pause: number): Promise<number> {
  let number = 0;
  while (!isHalted) {
    number += 1;
    const text = `${number}\t${'x'.repeat(number % 100)}`;
    if (!stream.write({ ts: Date.now(), writer: node.name, number, text })) await stream.drained();
    if (number % step !== 0) continue;
    const count = number;
    void stream.flush().then(() => tell({ type: 'kept', count }));
    await sleep(pause);
  }
  await stream.flush();
  return number;
}
