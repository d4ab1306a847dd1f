/**
 * Metrics: the stream of `throughput` with a metrics port at both nodes, scraped every second, beside the same stream without
 * one, in pairs; and between which bounds the median of their ratios lies.
 */
import { get } from 'node:http';
import type { Bench, Result } from '../harness/bench.js';
import { freePorts } from '../harness/ports.js';
import { interleave } from '../harness/rounds.js';
import { median, medianInterval, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short } from '../harness/table.js';
import { starOf } from '../sides/star-layout.js';
import { type Measured, measureStream, openMusterStream, type StreamSpec } from '../sides/stream.js';
import { disturbances } from '../sides/streams.js';

/** The lower end of the interval that is wanted. */
const wanted = 0.93;
/** ms between two scrapes of a node. */
const scrapeInterval = 1_000;

export const bench: Bench = {
  title: 'the stream of throughput with metrics that are scraped, beside the same without',
  order: 14,
  async run(setting) {
    const { seconds = 1.5, rounds = 15, say } = setting;
    const spec: StreamSpec = { workload: 'small', subscribers: [1], unit: 'events/s', seconds, rounds };
    let scrapes = 0;
    const { on, off } = await interleave(rounds, {
      on: async (round) => {
        const ports = await freePorts(2);
        const stream = await openMusterStream(setting, spec, async (workers) => measured(await starOf(workers), ports));
        const timer = setInterval(() => {
          for (const port of ports) scrape(port, () => (scrapes += 1));
        }, scrapeInterval);
        try {
          const one = await measureStream(setting, spec, stream);
          say(`round ${round + 1}: with metrics ${short(one.rate)} events/s`);
          return one;
        } finally {
          clearInterval(timer);
        }
      },
      off: async (round) => {
        const one = await measureStream(setting, spec, await openMusterStream(setting, spec));
        say(`round ${round + 1}: without ${short(one.rate)} events/s`);
        return one;
      },
    });
    if (scrapes === 0) throw new Error('nothing was scraped');
    return report(on, off, scrapes, { seconds, rounds });
  },
};

function measured<N extends object>(nodes: Readonly<Record<string, N>>, ports: readonly number[]) {
  return Object.fromEntries(
    Object.entries(nodes).map(([name, node], i) => [name, { ...node, metricsPort: ports[i] as number }]),
  ) as Record<string, N & { metricsPort: number }>;
}

/** A node that is starting or leaving does not answer, which does not matter. */
function scrape(port: number, done: () => void): void {
  const request = get({ host: '127.0.0.1', port, path: '/metrics', agent: false }, (response) => {
    response.resume().once('end', () => {
      if (response.statusCode === 200) done();
    });
  });
  request.on('error', () => {});
}

function report(
  on: readonly Measured[],
  off: readonly Measured[],
  scrapes: number,
  spent: { readonly seconds: number; readonly rounds: number },
): Result {
  const column = (of: readonly Measured[], key: keyof Measured) => of.map((one) => one[key]);
  const quotients = ratios(column(on, 'rate'), column(off, 'rate'));
  const { low, high } = medianInterval(quotients);
  const spentOn = (of: readonly Measured[]) => of.map(({ cpuOut, cpuIn }) => cpuOut + cpuIn);
  const efficiencies = ratios(spentOn(off), spentOn(on));
  const efficiency = medianInterval(efficiencies);
  const row = (title: string, of: readonly Measured[]) => [
    title,
    short(median(column(of, 'rate'))),
    range(summarize(column(of, 'rate'))),
    ...(['cpuOut', 'cpuIn', 'others'] as const).map((key) => short(median(column(of, key)))),
  ];
  const cpu = (of: readonly Measured[]) => ({
    out: rounded(median(column(of, 'cpuOut'))),
    in: rounded(median(column(of, 'cpuIn'))),
  });
  const verdict = low >= wanted ? 'is reached' : 'is missed';
  return {
    ratio: median(quotients),
    table: [
      ['', 'events/s', 'range', 'CPU µs out', 'in', "others' cores"],
      row('with metrics', on),
      row('without', off),
    ],
    notes: [
      `With ÷ without, median of ${quotients.length} pairs: ${median(quotients).toFixed(3)}, 95 % interval ${low.toFixed(3)} – ` +
        `${high.toFixed(3)}; ${wanted} at its lower end ${verdict}. ${scrapes} scrapes.`,
      `By CPU an event, both ends together, without ÷ with: ${median(efficiencies).toFixed(3)}, ${efficiency.low.toFixed(3)} – ` +
        `${efficiency.high.toFixed(3)}.`,
      ...disturbances([...on, ...off]),
    ],
    figures: {
      interval: [rounded(low), rounded(high)],
      wanted,
      cpu: { ratio: rounded(median(efficiencies)), interval: [rounded(efficiency.low), rounded(efficiency.high)] },
      with: { ...roundedSummary(summarize(column(on, 'rate'))), cpuMicrosPerEvent: cpu(on) },
      without: { ...roundedSummary(summarize(column(off, 'rate'))), cpuMicrosPerEvent: cpu(off) },
      scrapes,
      ...spent,
    },
  };
}
