/**
 * Reconnect: a connection that is cut again and again under load, and how long it takes until events flow again.
 */
import type { Bench, Result, Setting } from '../harness/bench.js';
import { interleave } from '../harness/rounds.js';
import { percentile, ratios, rounded, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { type CutsMeasured, cutBare, cutMuster } from '../sides/cuts.js';

/** Events a second. */
const rate = 50_000;
/** Cuts in a round; 1,000 in all by default. */
const cuts = 250;

export const bench: Bench = {
  title: `connections that are cut under load, ${cuts} times a round: ms until events flow again`,
  order: 7,
  async run(setting) {
    const rounds = setting.rounds ?? 4;
    const spec = { rate, cuts, seconds: setting.seconds ?? Number.POSITIVE_INFINITY };
    const measured = await interleave(rounds, {
      muster: async (round) => tell(setting, `round ${round + 1}: Muster`, await cutMuster(setting, spec)),
      bare: async (round) => tell(setting, `round ${round + 1}: bare`, await cutBare(setting, spec)),
    });
    return report(measured, rounds);
  },
};

function tell({ say }: Setting, what: string, measured: CutsMeasured): CutsMeasured {
  say(`${what}: ${measured.times.length} cuts, p50 ${short(p50(measured))} ms`);
  return measured;
}

function report({ muster, bare }: Record<'muster' | 'bare', CutsMeasured[]>, rounds: number): Result {
  const quotients = summarize(ratios(bare.map(p50), muster.map(p50)));
  const row = (title: string, of: readonly CutsMeasured[]) => [
    title,
    ...[50, 90, 99, 100].map((percent) => short(percentile(timesOf(of), percent))),
    range(summarize(of.map(p50))),
    short(timesOf(of).length),
    short(sum(of, 'published')),
    short(sum(of, 'lost')),
  ];
  const table: Table = [
    ['ms', 'p50', 'p90', 'p99', 'max', 'range of p50', 'cuts', 'events', 'lost'],
    row('Muster', muster),
    row('bare zeromq.js', bare),
  ];
  const figuresOf = (of: readonly CutsMeasured[]) => ({
    p50: rounded(percentile(timesOf(of), 50)),
    p99: rounded(percentile(timesOf(of), 99)),
    cuts: timesOf(of).length,
    published: sum(of, 'published'),
    lost: sum(of, 'lost'),
  });
  return {
    ratio: quotients.median,
    table,
    notes: [
      'ratio: p50 of bare ÷ p50 of Muster, from the cut to the first event on the next connection. The bare side only connects again.',
      'Muster: nothing doubled, nothing out of order; else this bench fails.',
    ],
    figures: {
      unit: 'ms',
      ratioRange: [rounded(quotients.min), rounded(quotients.max)],
      muster: { ...figuresOf(muster), doubled: 0, outOfOrder: 0 },
      bare: figuresOf(bare),
      rate,
      rounds,
    },
  };
}

function p50(measured: CutsMeasured): number {
  return percentile(timesOf([measured]), 50);
}

/** Of all rounds, in ascending order. */
function timesOf(measured: readonly CutsMeasured[]): number[] {
  return measured.flatMap(({ times }) => times).sort((a, b) => a - b);
}

function sum(of: readonly CutsMeasured[], key: 'published' | 'lost'): number {
  return of.reduce((total, one) => total + one[key], 0);
}
