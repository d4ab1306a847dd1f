/**
 * Simulator: how much faster than real time a simulated cluster of ten nodes lives.
 */
import type { Bench } from '../harness/bench.js';
import { median, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short } from '../harness/table.js';
import { simulation } from '../sides/simulation.js';

/** Events a second of each of six workers, and the virtual seconds in a real one that are wanted then. */
const loads = [
  { title: 'idle', rate: 0, wanted: 1_000 },
  { title: '6 × 20 events/s', rate: 20, wanted: 100 },
] as const;

export const bench: Bench = {
  title: 'virtual seconds of a simulated cluster of 10 nodes in a real second',
  order: 11,
  async run({ processes, say, ...given }) {
    const { seconds = 1.5, rounds = 3 } = given;
    const measured = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      const player = await processes.start(simulation, undefined);
      for (const { title, rate } of loads) {
        const lived = await player.ask('live', { seconds, rate });
        measured.set(title, [...(measured.get(title) ?? []), lived]);
        say(`round ${round + 1}, ${title}: ${short(lived)}`);
      }
      await processes.end([player]);
    }
    const of = (title: string) => measured.get(title) ?? [];
    return {
      ratio: Math.min(...loads.map(({ title, wanted }) => median(of(title)) / wanted)),
      table: [
        ['', 'virtual s in 1 s', 'range', 'wanted'],
        ...loads.map(({ title, wanted }) => [
          title,
          short(median(of(title))),
          range(summarize(of(title))),
          short(wanted),
        ]),
      ],
      notes: ['ratio: virtual seconds in a real one ÷ those that are wanted, of the load that comes off worse.'],
      figures: {
        unit: 'virtual s/s',
        ...Object.fromEntries(loads.map(({ title }) => [title, roundedSummary(summarize(of(title)))])),
        median: rounded(median(of('idle'))),
        rounds,
        seconds,
      },
    };
  },
};
