/**
 * Logs: records a second at a writer whose logger is another process, and at a node that keeps its own; beside plain appends of
 * the same records as JSON lines.
 */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Result, Setting } from '../harness/bench.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { bareAppends } from '../sides/bare-appends.js';
import type { Rate } from '../sides/log-records.js';
import { logNode } from '../sides/muster-logs.js';
import { starOf } from '../sides/star-layout.js';

/** Records in a round for each second that is asked for. */
const perSecond = 200_000;

const titles = {
  muster: 'stream, logger in another process',
  local: 'stream, kept by the node itself',
  stream: 'fs.createWriteStream',
  batches: 'appendFile, 400 at a time',
  each: 'appendFileSync, each',
} as const;

type Side = keyof typeof titles;

export const bench: Bench = {
  title: 'log records a second at a writer, beside plain appends of JSON lines',
  order: 14,
  async run(setting) {
    const records = Math.round(perSecond * (setting.seconds ?? 1));
    const sides = await open(setting, records);
    for (const warmUp of Object.values(sides)) await warmUp();
    const measured = await interleave(setting.rounds ?? 5, sides);
    return report(measured, records);
  },
};

async function open({ processes, stateDir }: Setting, records: number): Promise<Record<Side, () => Promise<Rate>>> {
  const directory = await mkdtemp(join(stateDir, 'logs-'));
  const layout = await starOf(['worker']);
  const logger = await processes.start(logNode, { layout, stateDir: directory, name: 'manager' });
  const writer = await processes.start(logNode, { layout, stateDir: directory, name: 'worker' });
  const local = await processes.start(logNode, { layout, stateDir: directory });
  const bare = await processes.start(bareAppends, directory);
  await Promise.all([logger.ask('ready'), writer.ask('ready')]);
  return {
    muster: () => writer.ask('write', records),
    local: () => local.ask('write', records),
    stream: () => bare.ask('stream', records),
    batches: () => bare.ask('batches', records),
    each: () => bare.ask('each', records),
  };
}

function report(measured: Readonly<Record<Side, readonly Rate[]>>, records: number): Result {
  const rates = (side: Side) => measured[side].map((rate) => rate.records);
  const sides = Object.keys(titles) as Side[];
  const against = (side: Side) => median(ratios(rates('muster'), rates(side)));
  const table: Table = [
    ['records/s', 'median', 'range', 'stream ÷ it', 'µs of CPU'],
    ...sides.map((side) => {
      const summary = summarize(rates(side));
      const cpu = median(measured[side].map((rate) => rate.cpu)) / 1_000;
      return [titles[side], short(summary.median), range(summary), short(against(side)), short(cpu)];
    }),
  ];
  return {
    ratio: against('stream'),
    table,
    notes: [
      `${short(records)} records a round, until the last is with the operating system: for the stream, acknowledged by its logger.`,
      'ratio: the stream with its logger in another process ÷ fs.createWriteStream. µs of CPU: of the writer, for one record.',
    ],
    figures: {
      unit: 'records/s',
      ...Object.fromEntries(sides.map((side) => [side, roundedSummary(summarize(rates(side)))])),
      ratios: Object.fromEntries(sides.map((side) => [side, rounded(against(side))])),
    },
  };
}
