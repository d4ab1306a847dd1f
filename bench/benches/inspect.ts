/**
 * Inspect: the stream of `throughput` while both nodes are watched, as a page of the inspector watches them, and while nobody
 * does, in turns within the same processes; and beside them a stream whose nodes were never watched. Between which bounds the
 * medians of the ratios lie.
 */
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Result } from '../harness/bench.js';
import { interleave } from '../harness/rounds.js';
import { median, medianInterval, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short } from '../harness/table.js';
import { cpuPerEvent, type Reading, rateOf } from '../sides/meter.js';
import { openMusterStream, type StreamSpec, watchOthers } from '../sides/stream.js';
import { costOfEvents } from '../sides/told.js';

/** What a node that is watched keeps of its rate, at least. */
const wanted = 0.95;
/** Not measured after a change, in ms. */
const settling = 150;

interface Window {
  readonly rate: number;
  /** µs for each event, at both ends together. */
  readonly cpu: number;
  readonly others: number;
}

export const bench: Bench = {
  title: 'the stream of throughput while the inspector watches, beside the same without',
  order: 15,
  async run(setting) {
    const { seconds = 1, rounds = 25, say, processes, stateDir } = setting;
    const spec: StreamSpec = { workload: 'small', subscribers: [1], unit: 'events/s', seconds, rounds };
    const watcher = await openWatcher(join(stateDir, 'watcher.sock'));
    const watched = await openMusterStream(setting, spec);
    const never = await openMusterStream(setting, spec);

    const measure = async ({ publisher, subscribers }: typeof watched): Promise<Window> => {
      const players = [publisher, ...subscribers];
      const readAll = () => Promise.all([publisher.ask('read'), ...subscribers.map((player) => player.ask('read'))]);
      await publisher.ask('begin');
      await sleep(settling);
      const others = watchOthers(players.map(({ pid }) => pid));
      const before = await readAll();
      await sleep(seconds * 1_000);
      const after = await readAll();
      const busy = others();
      await publisher.ask('finish');
      const pairs = before.map((reading, i) => [reading, after[i] as Reading] as const);
      const [, into] = pairs as [(typeof pairs)[number], (typeof pairs)[number]];
      return { rate: rateOf(...into), cpu: pairs.reduce((sum, pair) => sum + cpuPerEvent(...pair), 0), others: busy };
    };
    const watch = (scope: 'control' | 'all' | null) => async () => {
      const watch = scope && { socket: watcher.socket, scope };
      await Promise.all([
        watched.publisher.ask('watch', watch),
        ...watched.subscribers.map((player) => player.ask('watch', watch)),
      ]);
      await sleep(settling);
      return measure(watched);
    };

    try {
      // What is compiled and grown at first is in no window.
      for (const warm of [watch('all'), watch(null), () => measure(never)]) await warm();
      const told = watcher.bytes;
      const windows = await interleave(rounds, {
        watched: watch('control'),
        off: watch(null),
        never: async (round: number) => {
          say(`round ${round + 1} of ${rounds}`);
          return measure(never);
        },
        all: watch('all'),
      });
      if (watcher.bytes === told) throw new Error('nothing was told to who watches');
      const streams = [watched, never];
      const asked = streams.flatMap(({ publisher, subscribers }) => [
        publisher.ask('faults'),
        ...subscribers.map((player) => player.ask('faults')),
      ]);
      const found = (await Promise.all(asked)).flat();
      if (found.length > 0) throw new Error(`the stream is not what was published: ${found.join('; ')}`);
      say('one process alone');
      const { unwatched, added } = await costOfEvents(stateDir, rounds);
      const event = { unwatched: median(unwatched), added: { ratio: median(added), ...medianInterval(added) } };
      return report(windows, event, { seconds, rounds });
    } finally {
      watcher.close();
      await processes.end([watched, never].flatMap(({ publisher, subscribers }) => [publisher, ...subscribers]));
    }
  },
};

/** Reads whatever it is told. */
async function openWatcher(socket: string) {
  const connections = new Set<Socket>();
  let bytes = 0;
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on('data', (data) => {
      bytes += data.length;
    });
    connection.on('error', () => {}).on('close', () => connections.delete(connection));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    get bytes() {
      return bytes;
    },
    close() {
      for (const connection of connections) connection.destroy();
      server.close();
    },
  };
}

type Side = 'watched' | 'off' | 'never' | 'all';

const titles: Readonly<Record<Side, string>> = {
  watched: 'watched',
  off: 'not watched',
  never: 'never watched',
  all: 'each event and frame told',
};

function report(
  windows: Readonly<Record<Side, readonly Window[]>>,
  event: { readonly unwatched: number; readonly added: Compared },
  spent: { readonly seconds: number; readonly rounds: number },
): Result {
  const column = (side: Side, key: keyof Window) => windows[side].map((window) => window[key]);
  const compare = (side: Side, base: Side) => {
    const rate = ratios(column(side, 'rate'), column(base, 'rate'));
    const cpu = ratios(column(base, 'cpu'), column(side, 'cpu'));
    return {
      what: `${titles[side]} ÷ ${titles[base]}`,
      rate: { ratio: median(rate), ...medianInterval(rate) },
      cpu: { ratio: median(cpu), ...medianInterval(cpu) },
    };
  };
  const compared = [compare('watched', 'off'), compare('off', 'never'), compare('all', 'off')];
  const [watched] = compared as [(typeof compared)[number]];
  const sides = Object.keys(titles) as Side[];
  return {
    ratio: watched.rate.ratio,
    table: [
      ['', 'events/s', 'range', 'CPU µs', "others' cores"],
      ...sides.map((side) => [
        titles[side],
        short(median(column(side, 'rate'))),
        range(summarize(column(side, 'rate'))),
        short(median(column(side, 'cpu'))),
        short(median(column(side, 'others'))),
      ]),
    ],
    notes: [
      ...compared.flatMap(({ what, rate, cpu }) => [
        `${what}, median of ${spent.rounds} pairs: events per second ${words(rate)}; events per CPU ${words(cpu)}`,
      ]),
      `An event that a node handles takes ${event.unwatched.toFixed(1)} ns of CPU by itself, and so many more while it is watched: ${words(event.added)}.`,
      `A watched node is to keep ${wanted}.`,
    ],
    figures: {
      wanted,
      nsPerEvent: {
        unwatched: rounded(event.unwatched),
        added: rounded(event.added.ratio),
        interval: [rounded(event.added.low), rounded(event.added.high)],
      },
      compared: compared.map(({ what, rate, cpu }) => ({ what, rate: figures(rate), cpu: figures(cpu) })),
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

function figures({ ratio, low, high }: Compared): object {
  return { ratio: rounded(ratio), interval: [rounded(low), rounded(high)] };
}
