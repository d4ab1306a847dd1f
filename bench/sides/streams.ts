/**
 * Streams: the same stream through Muster and without it, in rounds of fresh processes; what benches of rates have in
 * common.
 */
import type { Result, Setting } from '../harness/bench.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { barePublisher, bareSubscriber } from './bare-stream.js';
import { type Measured, measureStream, numbered, openMusterStream, type Stream, type StreamSpec } from './stream.js';

/** Cores that may be busy with something else before it is told. */
const disturbing = 0.3;

export async function compareStreams(setting: Setting, spec: StreamSpec): Promise<Result> {
  const measured = await interleave(spec.rounds, {
    muster: async (round) => {
      const one = await measureStream(setting, spec, await openMusterStream(setting, spec));
      setting.say(`round ${round + 1}: Muster ${short(one.rate)} ${spec.unit}`);
      return one;
    },
    bare: async (round) => {
      const one = await measureStream(setting, spec, await openBare(setting, spec));
      setting.say(`round ${round + 1}: bare ${short(one.rate)} ${spec.unit}`);
      return one;
    },
  });
  return report(spec, measured);
}

async function openBare({ processes }: Setting, spec: StreamSpec): Promise<Stream> {
  const { workload } = spec;
  const groups = numbered(spec.subscribers);
  const publisher = await processes.start(barePublisher, { workload, subscribers: groups.flat().length });
  const endpoint = await publisher.ask('endpoint');
  const subscribers = await Promise.all(
    groups.map((numbers) => processes.start(bareSubscriber, { workload, endpoint, numbers })),
  );
  return { publisher, subscribers };
}

/** Two cores are not enough for a stream and for something else. */
export function disturbances(measured: readonly Measured[]): string[] {
  const count = measured.filter(({ others }) => others > disturbing).length;
  if (count === 0) return [];
  return [
    `Other programs kept more than ${disturbing} of a core busy in ${count} of ${measured.length} measurements: rates are too ` +
      'low then, and the CPU per event says more.',
  ];
}

function report(spec: StreamSpec, { muster, bare }: Record<'muster' | 'bare', Measured[]>): Result {
  const sides = { Muster: muster, 'bare zeromq.js + msgpackr': bare };
  const column = (of: readonly Measured[], key: keyof Measured) => of.map((one) => one[key]);
  const pairs = summarize(ratios(column(muster, 'rate'), column(bare, 'rate')));
  const table: Table = [
    ['', spec.unit, 'range', '× ceiling', 'range', 'CPU µs out', 'in', 'peak MB out', 'in', "others' cores"],
    ...Object.entries(sides).map(([title, of]) => [
      title,
      short(median(column(of, 'rate'))),
      range(summarize(column(of, 'rate'))),
      ...(of === muster ? [short(pairs.median), range(pairs)] : ['1', '']),
      ...(['cpuOut', 'cpuIn', 'memoryOut', 'memoryIn', 'others'] as const).map((key) => short(median(column(of, key)))),
    ]),
  ];
  const figuresOf = (of: readonly Measured[]) => ({
    ...roundedSummary(summarize(column(of, 'rate'))),
    cpuMicrosPerEvent: { out: rounded(median(column(of, 'cpuOut'))), in: rounded(median(column(of, 'cpuIn'))) },
    peakMebibytes: { out: rounded(median(column(of, 'memoryOut'))), in: rounded(median(column(of, 'memoryIn'))) },
    othersCores: Number(median(column(of, 'others')).toFixed(2)),
  });
  return {
    ratio: pairs.median,
    table,
    notes: disturbances([...muster, ...bare]),
    figures: {
      unit: spec.unit,
      ratioRange: [rounded(pairs.min), rounded(pairs.max)],
      muster: figuresOf(muster),
      bare: figuresOf(bare),
      rounds: spec.rounds,
      seconds: spec.seconds,
    },
  };
}
