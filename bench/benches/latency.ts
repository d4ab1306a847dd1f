/**
 * Latency: the round trip of one event between two processes that do nothing else.
 */
import type { Bench, Result, Setting } from '../harness/bench.js';
import type { AnyPlayer, Player } from '../harness/processes.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { bareEcho, barePing } from '../sides/bare-ping.js';
import { musterEcho, musterPing } from '../sides/muster-ping.js';
import type { RoundTrips } from '../sides/round-trips.js';
import { starOf } from '../sides/star-layout.js';

type Pinger = Player<{ measure(seconds: number): RoundTrips | Promise<RoundTrips> }>;

/** What is not measured at the start of each round, in seconds. */
const warmUp = 1;

export const bench: Bench = {
  title: 'round trip of one event between two idle processes, µs',
  order: 2,
  async run(setting) {
    const seconds = setting.seconds ?? 1.5;
    const rounds = setting.rounds ?? 5;
    const measured = await interleave(rounds, {
      muster: async (round) => tell(setting, `round ${round + 1}: Muster`, await measure(setting, openMuster, seconds)),
      bare: async (round) => tell(setting, `round ${round + 1}: bare`, await measure(setting, openBare, seconds)),
    });
    return report(measured, { rounds, seconds });
  },
};

async function openMuster({ processes, stateDir }: Setting): Promise<readonly [Pinger, AnyPlayer]> {
  const layout = await starOf(['worker']);
  const echo = await processes.start(musterEcho, { layout, stateDir });
  return [await processes.start(musterPing, { layout, stateDir }), echo];
}

async function openBare({ processes }: Setting): Promise<readonly [Pinger, AnyPlayer]> {
  const echo = await processes.start(bareEcho, undefined);
  const ping = await processes.start(barePing, { endpoint: await echo.ask('endpoint') });
  return [ping, echo];
}

async function measure(setting: Setting, open: typeof openMuster, seconds: number): Promise<RoundTrips> {
  const [ping, echo] = await open(setting);
  await ping.ask('measure', Math.min(warmUp, seconds));
  const trips = await ping.ask('measure', seconds);
  await setting.processes.end([ping, echo]);
  return trips;
}

function tell({ say }: Setting, what: string, trips: RoundTrips): RoundTrips {
  say(`${what} p50 ${short(trips.p50)} µs, p99 ${short(trips.p99)} µs`);
  return trips;
}

function report(
  { muster, bare }: Record<'muster' | 'bare', RoundTrips[]>,
  given: { rounds: number; seconds: number },
): Result {
  const column = (of: readonly RoundTrips[], key: keyof RoundTrips) => of.map((trips) => trips[key]);
  const times = (key: keyof RoundTrips) => median(ratios(column(muster, key), column(bare, key)));
  const row = (title: string, of: readonly RoundTrips[]) => [
    title,
    ...(['p50', 'p90', 'p99', 'max'] as const).map((key) => short(median(column(of, key)))),
    range(summarize(column(of, 'p50'))),
    range(summarize(column(of, 'p99'))),
    short(column(of, 'count').reduce((sum, count) => sum + count)),
  ];
  const table: Table = [
    ['µs', 'p50', 'p90', 'p99', 'max', 'range of p50', 'range of p99', 'round trips'],
    row('Muster', muster),
    row('bare zeromq.js + msgpackr', bare),
    ['Muster ÷ bare', ...(['p50', 'p90', 'p99', 'max'] as const).map((key) => short(times(key)))],
  ];
  const figuresOf = (of: readonly RoundTrips[]) => ({
    p50: roundedSummary(summarize(column(of, 'p50'))),
    p99: roundedSummary(summarize(column(of, 'p99'))),
  });
  return {
    ratio: 1 / times('p50'),
    table,
    notes: ['ratio: p50 of bare ÷ p50 of Muster.'],
    figures: {
      unit: 'µs',
      p50: rounded(median(column(muster, 'p50'))),
      p99: rounded(median(column(muster, 'p99'))),
      timesP50: rounded(times('p50')),
      timesP99: rounded(times('p99')),
      muster: figuresOf(muster),
      bare: figuresOf(bare),
      ...given,
    },
  };
}
