/**
 * Cluster: how long clusters of 8, 16 and 32 nodes take to start, a process for each, and how much memory they have then.
 */
import type { Bench, Result, Setting } from '../harness/bench.js';
import { cpuSeconds, memoryOf } from '../harness/machine.js';

import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { startBareCluster, startMusterCluster } from '../sides/clusters.js';

const sizes = [8, 16, 32] as const;

interface Measured {
  /** ms from the start of the first process. */
  readonly loaded: number;
  readonly connected: number;
  /** ms of CPU that a node has used by then, the median of all: other load on the machine does not change it much. */
  readonly cpu: number;
  /** MiB of a node, the median of all; and of all together, pages that they share counted once. */
  readonly resident: number;
  readonly total: number;
}

type Sides = Record<'muster' | 'bare', Measured[]>;

export const bench: Bench = {
  title: 'start of 8, 16 and 32 nodes in processes until cluster_started',
  order: 9,
  async run(setting) {
    const rounds = setting.rounds ?? 2;
    const measured = new Map<number, Sides>();
    for (const size of sizes) {
      measured.set(
        size,
        await interleave(rounds, {
          muster: () => measure(setting, `${size} Muster nodes`, () => startMusterCluster(setting, size)),
          bare: () => measure(setting, `${size} bare processes`, () => startBareCluster(setting, size)),
        }),
      );
    }
    return report(measured, rounds);
  },
};

async function measure(
  setting: Setting,
  what: string,
  start: () => ReturnType<typeof startBareCluster>,
): Promise<Measured> {
  const { players, loaded, connected } = await start();
  const all = [...players.values()];
  const cpu = all.map(({ pid }) => 1_000 * cpuSeconds(pid));
  const memory = all.map(({ pid }) => memoryOf(pid));
  await setting.processes.end(all);
  setting.say(`${what}: ${short(connected)} ms`);
  return {
    loaded,
    connected,
    cpu: median(cpu),
    resident: median(memory.map(({ resident }) => resident)),
    total: memory.reduce((sum, { share }) => sum + share, 0),
  };
}

function report(measured: ReadonlyMap<number, Sides>, rounds: number): Result {
  const column = (of: readonly Measured[], key: keyof Measured) => of.map((one) => one[key]);
  const row = (title: string, of: readonly Measured[]) => [
    title,
    ...(['loaded', 'connected'] as const).map((key) => short(median(column(of, key)))),
    range(summarize(column(of, 'connected'))),
    ...(['cpu', 'resident', 'total'] as const).map((key) => short(median(column(of, key)))),
  ];
  const table: Table = [
    ['', 'loaded, ms', 'started, ms', 'range', 'CPU ms a node', 'MB a node', 'MB in all'],
    ...[...measured].flatMap(([size, { muster, bare }]) => [
      row(`${size} Muster nodes`, muster),
      row(`${size} bare processes`, bare),
    ]),
  ];
  const ratioOf = ({ muster, bare }: Sides) => median(ratios(column(bare, 'connected'), column(muster, 'connected')));
  const figuresOf = (of: readonly Measured[]) => ({
    startedMs: roundedSummary(summarize(column(of, 'connected'))),
    loadedMs: rounded(median(column(of, 'loaded'))),
    cpuMsPerNode: rounded(median(column(of, 'cpu'))),
    mebibytesPerNode: rounded(median(column(of, 'resident'))),
    mebibytesInAll: rounded(median(column(of, 'total'))),
  });
  return {
    ratio: median([...measured.values()].map(ratioOf)),
    table,
    notes: [
      'ratio: time of bare processes that only open the same connections ÷ time of Muster; the median of the sizes.',
    ],
    figures: {
      unit: 'ms',
      sizes: Object.fromEntries(
        [...measured].map(([size, sides]) => [
          size,
          { ratio: rounded(ratioOf(sides)), muster: figuresOf(sides.muster), bare: figuresOf(sides.bare) },
        ]),
      ),
      rounds,
    },
  };
}
