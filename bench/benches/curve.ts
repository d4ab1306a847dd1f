/**
 * Curve: what keys cost. The same streams and round trips with keys and without, between two processes.
 */
import type { OptionsInput } from '../../index.js';
import type { Bench, Result, Setting } from '../harness/bench.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { keysFor } from '../sides/keys.js';
import { musterEcho, musterPing } from '../sides/muster-ping.js';
import type { RoundTrips } from '../sides/round-trips.js';
import { starOf, starOfLoggers } from '../sides/star-layout.js';
import { type LayoutOf, type Measured, measureStream, openMusterStream, type StreamSpec } from '../sides/stream.js';
import { disturbances } from '../sides/streams.js';

type Side = 'keys' | 'plain';
type Sides<T> = Record<Side, T[]>;

export const bench: Bench = {
  title: 'small and large events, and round trips, with keys and without',
  order: 5,
  async run(setting) {
    const rounds = setting.rounds ?? 5;
    const seconds = setting.seconds ?? 1.5;
    const stream = { subscribers: [1], rounds, seconds };
    const events = { ...stream, workload: 'small', unit: 'events/s' } as const;
    const small = await streams(setting, events);
    const toListener = await streams(setting, events, starOfLoggers);
    const large = await streams(setting, { ...stream, workload: 'large', unit: 'MB/s' });
    const trips = await bothWays(setting, rounds, 'worker', (options) => roundTrips(setting, seconds, options));
    return report({ small, toListener, large, trips });
  },
};

/** The same measurement with the keys of a manager and a worker of this name, and without. */
function bothWays<T>(
  { stateDir }: Setting,
  rounds: number,
  worker: string,
  measure: (options: OptionsInput, side: string) => Promise<T>,
): Promise<Sides<T>> {
  return interleave(rounds, {
    keys: async (round) => measure(await keysFor(['manager', worker], stateDir), `round ${round + 1}: with keys`),
    plain: (round) => measure({}, `round ${round + 1}: without`),
  });
}

function streams(setting: Setting, spec: StreamSpec, layoutOf?: LayoutOf): Promise<Sides<Measured>> {
  return bothWays(setting, spec.rounds, 'worker-0', async (options, side) => {
    const measured = await measureStream(setting, spec, await openMusterStream(setting, spec, layoutOf, { options }));
    setting.say(`${side} ${short(measured.rate)} ${spec.unit}`);
    return measured;
  });
}

async function roundTrips(
  { processes, stateDir }: Setting,
  seconds: number,
  options: OptionsInput,
): Promise<RoundTrips> {
  const layout = await starOf(['worker']);
  const echo = await processes.start(musterEcho, { layout, stateDir, options });
  const ping = await processes.start(musterPing, { layout, stateDir, options });
  await ping.ask('measure', Math.min(1, seconds));
  const trips = await ping.ask('measure', seconds);
  await processes.end([ping, echo]);
  return trips;
}

function report({
  small,
  toListener,
  large,
  trips,
}: {
  small: Sides<Measured>;
  toListener: Sides<Measured>;
  large: Sides<Measured>;
  trips: Sides<RoundTrips>;
}): Result {
  const column = <T, K extends keyof T>(of: readonly T[], key: K) => of.map((one) => one[key] as number);
  const pairs = (of: Sides<Measured>) => summarize(ratios(column(of.keys, 'rate'), column(of.plain, 'rate')));
  const times = median(ratios(column(trips.keys, 'p50'), column(trips.plain, 'p50')));
  const all = [small, toListener, large];
  const row = (title: string, side: Side) => [
    title,
    ...all.flatMap((of) => (['rate', 'cpuOut', 'cpuIn'] as const).map((key) => short(median(column(of[side], key))))),
    ...(['p50', 'p99'] as const).map((key) => short(median(column(trips[side], key)))),
  ];
  const stream = (title: string) => [title, 'CPU µs out', 'in'];
  const table: Table = [
    [
      '',
      ...stream('from who listens, events/s'),
      ...stream('to who listens'),
      ...stream('large, MB/s'),
      'round trip p50 µs',
      'p99',
    ],
    row('with keys', 'keys'),
    row('without', 'plain'),
    ['ratio', ...all.flatMap((of) => [short(pairs(of).median), '', '']), short(times), ''],
    ['range', ...all.flatMap((of) => [range(pairs(of)), '', '']), '', ''],
  ];
  return {
    ratio: pairs(small).median,
    table,
    notes: [
      'ratio: small events a second with keys ÷ without, from a node that listens: others might read them, so each frame is',
      'encrypted for its link. What a node that connects sends needs only a proof of who wrote it.',
      ...disturbances([...small.keys, ...small.plain, ...toListener.keys, ...toListener.plain]),
    ],
    figures: {
      small: rounded(pairs(small).median),
      toListener: rounded(pairs(toListener).median),
      large: rounded(pairs(large).median),
      timesP50: rounded(times),
      cpuOut: rounded(median(ratios(column(small.keys, 'cpuOut'), column(small.plain, 'cpuOut')))),
      cpuIn: rounded(median(ratios(column(small.keys, 'cpuIn'), column(small.plain, 'cpuIn')))),
    },
  };
}
