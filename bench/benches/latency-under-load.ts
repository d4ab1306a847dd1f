/**
 * Latency under load: the round trip of one event between two processes while a stream runs from one to the other, at
 * half of the rate that it reaches alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Result, Setting } from '../harness/bench.js';
import type { Player } from '../harness/processes.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { arrive } from '../sides/arrive.js';
import { type Reading, rateOf } from '../sides/meter.js';
import { loadedManager, loadedWorker } from '../sides/muster-loaded.js';
import type { RoundTrips } from '../sides/round-trips.js';
import { starOf } from '../sides/star-layout.js';

/** How many times its own idle p99 a round trip under load may take. */
const allowance = 20;
/** Which part of the full rate the load is. */
const share = 0.5;
/** What is not measured at the start of a stream, and of round trips, in seconds. */
const warmUp = { stream: 0.5, roundTrips: 1 };

interface Measured extends RoundTrips {
  /** Events a second of the stream alone, and beside the round trips; 0 without a stream. */
  readonly full: number;
  readonly beside: number;
}

interface Pair {
  readonly manager: Player<{ begin(rate?: number): void; stop(): Promise<number>; faults(): string[] }>;
  readonly worker: Player<{
    measure(seconds: number): Promise<RoundTrips>;
    read(): Reading;
    counts(): number[];
    faults(): string[];
  }>;
}

export const bench: Bench = {
  title: 'round trip of one event while a stream runs at half of its full rate, µs',
  order: 5,
  async run(setting) {
    const seconds = setting.seconds ?? 1.5;
    const rounds = setting.rounds ?? 3;
    const measured = await interleave(rounds, {
      idle: async (round) => tell(setting, `round ${round + 1}: idle`, await measure(setting, seconds, idle)),
      loaded: async (round) => tell(setting, `round ${round + 1}: loaded`, await measure(setting, seconds, loaded)),
    });
    return report(measured, { rounds, seconds });
  },
};

async function measure(
  { processes, stateDir }: Setting,
  seconds: number,
  how: (pair: Pair, seconds: number) => Promise<Measured>,
): Promise<Measured> {
  const layout = await starOf(['worker']);
  const manager = await processes.start(loadedManager, { layout, stateDir });
  const worker = await processes.start(loadedWorker, { layout, stateDir });
  const measured = await how({ manager, worker }, seconds);
  await arrive([worker], await manager.ask('stop'));
  const faults = [...(await manager.ask('faults')), ...(await worker.ask('faults'))];
  if (faults.length > 0) throw new Error(`the stream is not what was published: ${faults.join('; ')}`);
  await processes.end([worker, manager]);
  return measured;
}

async function idle({ worker }: Pair, seconds: number): Promise<Measured> {
  await worker.ask('measure', Math.min(warmUp.roundTrips, seconds));
  return { ...(await worker.ask('measure', seconds)), full: 0, beside: 0 };
}

async function loaded({ manager, worker }: Pair, seconds: number): Promise<Measured> {
  await manager.ask('begin');
  await sleep(warmUp.stream * 1_000);
  const full = await rateDuring(worker, () => sleep(seconds * 1_000));
  await arrive([worker], await manager.ask('stop'));
  await manager.ask('begin', full.rate * share);
  await worker.ask('measure', Math.min(warmUp.roundTrips, seconds));
  const { rate, result } = await rateDuring(worker, () => worker.ask('measure', seconds));
  return { ...result, full: full.rate, beside: rate };
}

/** Events a second that arrive at the worker while something goes on. */
async function rateDuring<T>(
  worker: Pair['worker'],
  something: () => Promise<T>,
): Promise<{ rate: number; result: T }> {
  const before = await worker.ask('read');
  const result = await something();
  return { rate: rateOf(before, await worker.ask('read')), result };
}

function tell({ say }: Setting, what: string, measured: Measured): Measured {
  const { p50, p99, beside } = measured;
  say(`${what} p50 ${short(p50)} µs, p99 ${short(p99)} µs, beside ${short(beside)} events/s`);
  return measured;
}

function report(
  { idle, loaded }: Record<'idle' | 'loaded', Measured[]>,
  given: { rounds: number; seconds: number },
): Result {
  const column = (of: readonly Measured[], key: keyof Measured) => of.map((one) => one[key]);
  const times = (key: keyof Measured) => ratios(column(loaded, key), column(idle, key));
  const row = (title: string, of: readonly Measured[]) => [
    title,
    ...(['p50', 'p90', 'p99', 'max'] as const).map((key) => short(median(column(of, key)))),
    range(summarize(column(of, 'p50'))),
    range(summarize(column(of, 'p99'))),
    short(column(of, 'count').reduce((sum, count) => sum + count)),
    short(median(column(of, 'beside'))),
    short(median(column(of, 'full'))),
  ];
  const table: Table = [
    [
      'µs',
      'p50',
      'p90',
      'p99',
      'max',
      'range of p50',
      'range of p99',
      'round trips',
      'events/s beside',
      'at full rate',
    ],
    row('idle', idle),
    row('under load', loaded),
    ['under load ÷ idle', ...(['p50', 'p90', 'p99', 'max'] as const).map((key) => short(median(times(key))))],
  ];
  const figuresOf = (of: readonly Measured[]) => ({
    p50: roundedSummary(summarize(column(of, 'p50'))),
    p99: roundedSummary(summarize(column(of, 'p99'))),
  });
  return {
    ratio: median(times('p99').map((many) => allowance / many)),
    table,
    notes: [
      `ratio: ${allowance} × p99 of Muster idle ÷ p99 of Muster under load; 1 is the limit, more is better. The stream goes one ` +
        'way, a round trip with it and against it.',
    ],
    figures: {
      unit: 'µs',
      timesP50: rounded(median(times('p50'))),
      timesP99: rounded(median(times('p99'))),
      idle: figuresOf(idle),
      loaded: figuresOf(loaded),
      eventsPerSecond: {
        full: rounded(median(column(loaded, 'full'))),
        beside: rounded(median(column(loaded, 'beside'))),
      },
      ...given,
    },
  };
}
