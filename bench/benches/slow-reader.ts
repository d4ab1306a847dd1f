/**
 * Slow reader: one of four subscribers stops reading for a while. First with room for all that it misses, then with a bound
 * that is too small, under each overflow policy.
 */
import type { OptionsInput } from '../../index.js';
import type { Bench, Result } from '../harness/bench.js';
import { median, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { short, type Table } from '../harness/table.js';
import type { Loss } from '../sides/accounts.js';
import { measureSlowRound, type SlowMeasured } from '../sides/slow-round.js';

/** Events a second. */
const rate = 50_000;
const workers = ['slow', 'worker-1', 'worker-2', 'worker-3'] as const;
/** MiB that are kept for a subscriber at most. */
const bound = 64;
/** Events that are kept at least: with fewer, the others lose some whenever the machine does something else. */
const leastBound = 20_000;
/** In seconds; after 17 all of the bound in bytes would be taken. */
const longest = 10;

interface Case {
  readonly title: string;
  readonly overflow: NonNullable<OptionsInput['overflow']>;
  /** Events that are kept for a subscriber at most, as a part of those that are published while it does not read. */
  readonly room: number;
}

const ample: Case = { title: 'room for all', overflow: 'block', room: 2.2 };
const policies = ['block', 'disconnect', 'dropOldest', 'dropNewest'] as const;
const cases: readonly Case[] = [
  ample,
  ...policies.map((overflow): Case => ({ title: `too small, ${overflow}`, overflow, room: 0.2 })),
];

export const bench: Bench = {
  title: `${short(rate)} events a second to 4 subscribers, one of which does not read for 5 s`,
  order: 6,
  async run(setting) {
    const seconds = Math.min(setting.seconds ?? 5, longest);
    const rounds = setting.rounds ?? 1;
    const measured = new Map<Case, SlowMeasured[]>(cases.map((one) => [one, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [{ title, overflow, room }, all] of measured) {
        const maxBufferedEvents = boundOf(room, seconds);
        const options = { overflow, maxBufferedEvents, maxBufferedBytes: bound * 2 ** 20 };
        const one = await measureSlowRound(setting, { workers, rate, seconds, options });
        all.push(one);
        setting.say(`round ${round + 1}, ${title}: the others at ${short(100 * one.least)} % of their rate`);
      }
    }
    return report(measured, { rounds, seconds });
  },
};

function boundOf(room: number, seconds: number): number {
  return Math.max(leastBound, Math.ceil(room * rate * seconds));
}

function report(
  measured: ReadonlyMap<Case, readonly SlowMeasured[]>,
  given: { rounds: number; seconds: number },
): Result {
  const column = (of: readonly SlowMeasured[], key: Exclude<keyof SlowMeasured, 'loss'>) => of.map((one) => one[key]);
  const lossOf = (of: readonly SlowMeasured[], key: keyof Loss) => median(of.map(({ loss }) => loss[key]));
  const rows = [...measured].map(([{ title, room }, of]) => [
    title,
    short(boundOf(room, given.seconds)),
    ...(['before', 'during', 'least', 'memoryOut', 'memoryIn'] as const).map((key) => short(median(column(of, key)))),
    ...(['missing', 'away', 'countedOut', 'countedIn'] as const).map((key) => short(lossOf(of, key))),
    short(median(column(of, 'othersLack'))),
  ]);
  const table: Table = [
    [
      '',
      'bound, events',
      'others/s before',
      'during',
      '× before',
      '+ MB out',
      '+ MB slow',
      'slow one lacks',
      'while away',
      'lost, says out',
      'says slow one',
      'others lack',
    ],
    ...rows,
  ];
  const figuresOf = (of: readonly SlowMeasured[]) => ({
    othersRate: { before: rounded(median(column(of, 'before'))), during: rounded(median(column(of, 'during'))) },
    othersKeep: roundedSummary(summarize(column(of, 'least'))),
    mebibytesMore: {
      publisher: roundedSummary(summarize(column(of, 'memoryOut'))),
      slow: roundedSummary(summarize(column(of, 'memoryIn'))),
    },
    missing: lossOf(of, 'missing'),
    publishedWhileAway: lossOf(of, 'away'),
    othersLack: median(column(of, 'othersLack')),
    lost: { countedBySender: lossOf(of, 'countedOut'), countedByReceiver: lossOf(of, 'countedIn') },
  });
  const figures = new Map([...measured].map(([one, of]) => [one, figuresOf(of)]));
  return {
    ratio: median(column(measured.get(ample) ?? [], 'least')),
    table,
    notes: [
      'ratio: rate of the others while one does not read ÷ before, with room for all that it misses; the one that keeps least.',
      'The publisher waits for drained() whenever publish() asks it to.',
      `The bound in bytes is ${bound} MB a subscriber. Memory is resident memory beyond that before the one stops reading, at most.`,
      'while away: published after the publisher had given the slow one up and before that was back, for others only.',
      'What is lost must be what is missing, by both accounts; a publisher that disconnects also counts what had just arrived.',
    ],
    figures: {
      unit: 'events/s',
      ample: figures.get(ample),
      policies: Object.fromEntries(cases.slice(1).map((one) => [one.overflow, figures.get(one)])),
      boundMebibytes: bound,
      rate,
      ...given,
    },
  };
}
