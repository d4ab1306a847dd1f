/**
 * Inspect: the stream of `throughput` while both nodes are watched, as a page of the inspector watches them, beside the same
 * stream that nobody watches, in pairs; and beside one whose watcher has gone. Between which bounds the medians of their
 * ratios lie.
 */
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Bench, Result } from '../harness/bench.js';
import { interleave } from '../harness/rounds.js';
import { median, medianInterval, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short } from '../harness/table.js';
import { starOf } from '../sides/star-layout.js';
import { type Measured, measureStream, openMusterStream, type StreamSpec } from '../sides/stream.js';
import { disturbances } from '../sides/streams.js';

/** What a node that is watched keeps of its rate, at least. */
const wanted = 0.95;

export const bench: Bench = {
  title: 'the stream of throughput while the inspector watches, beside the same without',
  order: 15,
  async run(setting) {
    const { seconds = 1.5, rounds = 15, say } = setting;
    const spec: StreamSpec = { workload: 'small', subscribers: [1], unit: 'events/s', seconds, rounds };
    const watcher = await openWatcher(join(setting.stateDir, 'watcher.sock'));
    const measure = async (scope?: 'control' | 'all', isLeft = false): Promise<Measured> => {
      const watch = scope && { socket: watcher.socket, scope };
      const stream = await openMusterStream(setting, spec, starOf, watch === undefined ? {} : { watch });
      if (isLeft) await watcher.leave(2);
      return measureStream(setting, spec, stream);
    };
    const sides = {
      watched: () => measure('control'),
      left: () => measure('control', true),
      off: () => measure(),
      all: () => measure('all'),
    };
    try {
      const measured = await interleave(rounds, {
        ...sides,
        off: async (round: number) => {
          say(`round ${round + 1} of ${rounds}`);
          return sides.off();
        },
      });
      if (watcher.bytes === 0) throw new Error('nothing was told to who watches');
      return report(measured, watcher.bytes, { seconds, rounds });
    } finally {
      watcher.close();
    }
  },
};

/** Reads whatever it is told. */
async function openWatcher(socket: string) {
  const connections = new Set<Socket>();
  let bytes = 0;
  let told = () => {};
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on('data', (data) => {
      bytes += data.length;
    });
    connection.on('error', () => {}).on('close', () => connections.delete(connection));
    told();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    get bytes() {
      return bytes;
    },
    /** Goes away once so many watch. */
    async leave(count: number) {
      while (connections.size < count) {
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
      for (const connection of connections) connection.destroy();
    },
    close() {
      for (const connection of connections) connection.destroy();
      server.close();
    },
  };
}

type Side = 'watched' | 'left' | 'off' | 'all';

const titles: Readonly<Record<Side, string>> = {
  watched: 'watched',
  left: 'watched before, and no more',
  off: 'never watched',
  all: 'each event and frame told',
};

function report(
  measured: Readonly<Record<Side, readonly Measured[]>>,
  bytes: number,
  spent: { readonly seconds: number; readonly rounds: number },
): Result {
  const column = (side: Side, key: keyof Measured) => measured[side].map((one) => one[key]);
  const against = (side: Side, key: keyof Measured) => {
    const quotients = ratios(column(side, key), column('off', key));
    const { low, high } = medianInterval(quotients);
    return { ratio: median(quotients), low, high };
  };
  const compared = (['watched', 'left', 'all'] as const).map((side) => {
    const both = measured[side].map(({ cpuOut, cpuIn }) => cpuOut + cpuIn);
    const quotients = ratios(
      measured.off.map(({ cpuOut, cpuIn }) => cpuOut + cpuIn),
      both,
    );
    return { side, rate: against(side, 'rate'), cpu: { ratio: median(quotients), ...medianInterval(quotients) } };
  });
  const [watched] = compared as [(typeof compared)[number]];
  const sides = Object.keys(titles) as Side[];
  return {
    ratio: watched.rate.ratio,
    table: [
      ['', 'events/s', 'range', 'CPU µs out', 'in', "others' cores"],
      ...sides.map((side) => [
        titles[side],
        short(median(column(side, 'rate'))),
        range(summarize(column(side, 'rate'))),
        ...(['cpuOut', 'cpuIn', 'others'] as const).map((key) => short(median(column(side, key)))),
      ]),
    ],
    notes: [
      ...compared.flatMap(({ side, rate, cpu }) => [
        `Rate, ${titles[side]} ÷ never watched, median of ${spent.rounds} pairs: ${words(rate)}`,
        `CPU per event, never watched ÷ ${titles[side]}, both ends: ${words(cpu)}`,
      ]),
      `A watched node keeps ${wanted} of its rate, as is wanted: by the rate ${yes(watched.rate)}, by the CPU ${yes(watched.cpu)}.`,
      ...disturbances(sides.flatMap((side) => measured[side])),
    ],
    figures: {
      wanted,
      bytes,
      ...Object.fromEntries(compared.map(({ side, rate, cpu }) => [side, { rate: figures(rate), cpu: figures(cpu) }])),
      rates: Object.fromEntries(sides.map((side) => [side, roundedSummary(summarize(column(side, 'rate')))])),
      ...spent,
    },
  };
}

interface Compared {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

function words({ ratio, low, high }: Compared): string {
  return `${ratio.toFixed(3)}, 95 % interval ${low.toFixed(3)} – ${high.toFixed(3)}`;
}

function yes({ ratio }: Compared): string {
  return ratio >= wanted ? 'yes' : 'no';
}

function figures({ ratio, low, high }: Compared): object {
  return { ratio: rounded(ratio), interval: [rounded(low), rounded(high)] };
}
