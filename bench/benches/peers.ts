/**
 * Peers: the stream of `throughput` through other systems, as far as they are installed.
 */
import type { Bench, Result } from '../harness/bench.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { moleculer } from '../sides/moleculer.js';
import { nats } from '../sides/nats.js';
import type { Peer } from '../sides/peers.js';
import { type Measured, measureStream, openMusterStream, type StreamSpec } from '../sides/stream.js';
import { disturbances } from '../sides/streams.js';

const peers: Readonly<Record<string, Peer>> = { nats, moleculer };

export const bench: Bench = {
  title: 'small events from one process to another through other systems, where they are installed',
  order: 10,
  async run(setting) {
    const { seconds = 1.5, rounds = 3 } = setting;
    const spec: StreamSpec = { workload: 'small', subscribers: [1], unit: 'events/s', seconds, rounds };
    const skipped: Record<string, string> = {};
    const open: Record<string, () => ReturnType<Peer['open']>> = { muster: () => openMusterStream(setting, spec) };
    for (const [name, peer] of Object.entries(peers)) {
      const why = await peer.whyMissing();
      if (why === undefined) open[name] = () => peer.open(setting);
      else skipped[name] = why;
    }
    const measure = (name: string) => async (round: number) => {
      const one = await measureStream(setting, spec, await (open[name] as (typeof open)[string])());
      setting.say(`round ${round + 1}: ${name} ${short(one.rate)} ${spec.unit}`);
      return one;
    };
    const sides = Object.fromEntries(Object.keys(open).map((name) => [name, measure(name)]));
    return report(await interleave(rounds, sides), skipped, spec);
  },
};

function report(
  measured: Readonly<Record<string, Measured[]>>,
  skipped: Readonly<Record<string, string>>,
  { unit, seconds, rounds }: StreamSpec,
): Result {
  const { muster = [], ...others } = measured;
  const column = (of: readonly Measured[], key: keyof Measured) => of.map((one) => one[key]);
  const times = (of: readonly Measured[]) => summarize(ratios(column(muster, 'rate'), column(of, 'rate')));
  const row = (title: string, of: readonly Measured[]) => [
    title,
    short(median(column(of, 'rate'))),
    range(summarize(column(of, 'rate'))),
    ...(of === muster ? ['1', ''] : [short(times(of).median), range(times(of))]),
    ...(['cpuOut', 'cpuBetween', 'cpuIn', 'others'] as const).map((key) => short(median(column(of, key)))),
  ];
  const table: Table = [
    ['', unit, 'range', 'Muster ÷ it', 'range', 'CPU µs out', 'between', 'in', "others' cores"],
    row('Muster', muster),
    ...Object.entries(others).map(([name, of]) => row(titleOf(name), of)),
  ];
  const figuresOf = (of: readonly Measured[]) => ({
    ...roundedSummary(summarize(column(of, 'rate'))),
    cpuMicrosPerEvent: rounded(median(of.map(({ cpuOut, cpuBetween, cpuIn }) => cpuOut + cpuBetween + cpuIn))),
  });
  const quotients = Object.values(others).map((of) => times(of).median);
  return {
    ...(quotients.length > 0 && { ratio: Math.min(...quotients) }),
    table,
    notes: [
      ...(quotients.length > 0 ? ['ratio: Muster ÷ the fastest of the others.'] : []),
      'Each event is a message; a credit of the bench keeps the others from losing any.',
      'Muster promises each event once and in order, also over a reconnect.',
      ...Object.keys(others).map((name) => `${titleOf(name)}: ${peers[name]?.promises}.`),
      ...Object.entries(skipped).map(([name, why]) => `skipped: ${titleOf(name)}: ${why}`),
      ...disturbances(Object.values(measured).flat()),
    ],
    figures: {
      unit,
      muster: figuresOf(muster),
      peers: Object.fromEntries(
        Object.entries(others).map(([name, of]) => [
          name,
          { ...figuresOf(of), ratio: rounded(times(of).median), promises: peers[name]?.promises },
        ]),
      ),
      skipped,
      seconds,
      rounds,
    },
  };
}

function titleOf(name: string): string {
  return peers[name]?.title ?? name;
}
