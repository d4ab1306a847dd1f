/**
 * Store sync: the first sync of a clone with a store of many small entries: how long it takes, how much memory the two ends
 * have meanwhile, and how long the master's event loop keeps others waiting.
 */
import type { Bench, Result, Setting } from '../harness/bench.js';
import { memoryOf } from '../harness/machine.js';
import { watchMemory } from '../harness/memory-watch.js';
import type { Player } from '../harness/processes.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { bareEmpty, bareFull } from '../sides/bare-sync.js';
import type { Pauses } from '../sides/loop-watch.js';
import { emptyClone, fullMaster } from '../sides/muster-sync.js';
import { starOf } from '../sides/star-layout.js';

const entries = 1_000_000;
/** What is wanted: p99 of the pauses of the master's event loop, in ms. */
const longestPause = 20;

interface Ends {
  readonly master: Player<{ watch(): void; pauses(): Pauses }>;
  readonly clone: Player<{ sync(): Promise<{ time: number; pauses: Pauses }> }>;
}

interface Measured {
  /** ms */
  readonly time: number;
  readonly pauses: Pauses;
  readonly pausesOfClone: Pauses;
  /** MiB that the master has with its entries, and how many more at most while it sends them. */
  readonly masterHas: number;
  readonly masterMore: number;
  /** MiB that the clone gets, at most. */
  readonly cloneMore: number;
}

const sides = {
  memory: { title: 'master in memory', open: (setting) => openMuster(setting, false) },
  lmdb: { title: 'master in lmdb', open: (setting) => openMuster(setting, true) },
  bare: { title: 'bare Map and sockets', open: openBare },
} as const satisfies Record<string, { title: string; open(setting: Setting): Promise<Ends> }>;

type SideName = keyof typeof sides;

export const bench: Bench = {
  title: `first sync of a clone with ${short(entries)} small entries`,
  order: 12,
  async run(setting) {
    const rounds = setting.rounds ?? 1;
    const measure = (name: SideName) => async (round: number) => {
      const { title, open } = sides[name];
      const one = await measureOnce(setting, await open(setting));
      setting.say(`round ${round + 1}: ${title}: ${short(one.time)} ms, pauses ${short(one.pauses.p99)} ms (p99)`);
      return one;
    };
    const measured = await interleave(rounds, {
      memory: measure('memory'),
      bare: measure('bare'),
      lmdb: measure('lmdb'),
    });
    return report(measured, rounds);
  },
};

async function measureOnce({ processes }: Setting, { master, clone }: Ends): Promise<Measured> {
  const { resident: masterHas } = memoryOf(master.pid);
  const [masterMore, cloneMore] = [watchMemory(master.pid), watchMemory(clone.pid)];
  await master.ask('watch');
  const { time, pauses: pausesOfClone } = await clone.ask('sync');
  const pauses = await master.ask('pauses');
  const measured = { time, pauses, pausesOfClone, masterHas, masterMore: masterMore(), cloneMore: cloneMore() };
  await processes.end();
  return measured;
}

async function openMuster({ processes, stateDir }: Setting, isPersistent: boolean): Promise<Ends> {
  const input = { layout: await starOf(['worker']), stateDir, entries, isPersistent };
  const master = await processes.start(fullMaster, input);
  return { master, clone: await processes.start(emptyClone, input) };
}

async function openBare({ processes }: Setting): Promise<Ends> {
  const master = await processes.start(bareFull, { entries });
  return { master, clone: await processes.start(bareEmpty, { entries, endpoint: await master.ask('endpoint') }) };
}

function report(measured: Record<SideName, Measured[]>, rounds: number): Result {
  const column = (name: SideName, of: (one: Measured) => number) => measured[name].map(of);
  const names = Object.keys(sides) as SideName[];
  const table: Table = [
    ['', 'ms', 'range', 'pauses, p50 ms', 'p99', 'max', 'of the clone, p99', 'max', 'MB master', '+ MB', '+ MB clone'],
    ...names.map((name) => [
      sides[name].title,
      short(median(column(name, ({ time }) => time))),
      range(summarize(column(name, ({ time }) => time))),
      ...[
        ({ pauses }: Measured) => pauses.p50,
        ({ pauses }: Measured) => pauses.p99,
        ({ pauses }: Measured) => pauses.max,
        ({ pausesOfClone }: Measured) => pausesOfClone.p99,
        ({ pausesOfClone }: Measured) => pausesOfClone.max,
        ({ masterHas }: Measured) => masterHas,
        ({ masterMore }: Measured) => masterMore,
        ({ cloneMore }: Measured) => cloneMore,
      ].map((of) => short(median(column(name, of)))),
    ]),
  ];
  const quotients = summarize(
    ratios(
      column('bare', ({ time }) => time),
      column('memory', ({ time }) => time),
    ),
  );
  const figuresOf = (name: SideName) => ({
    ms: roundedSummary(summarize(column(name, ({ time }) => time))),
    masterPauses: {
      p99: rounded(median(column(name, ({ pauses }) => pauses.p99))),
      max: rounded(Math.max(...column(name, ({ pauses }) => pauses.max))),
    },
    clonePauses: {
      p99: rounded(median(column(name, ({ pausesOfClone }) => pausesOfClone.p99))),
      max: rounded(Math.max(...column(name, ({ pausesOfClone }) => pausesOfClone.max))),
    },
    mebibytes: {
      master: rounded(median(column(name, ({ masterHas }) => masterHas))),
      masterMore: rounded(median(column(name, ({ masterMore }) => masterMore))),
      cloneMore: rounded(median(column(name, ({ cloneMore }) => cloneMore))),
    },
  });
  return {
    ratio: quotients.median,
    table,
    notes: [
      'ratio: time of the bare side ÷ master in memory. The bare side makes no hashes, versions or digest.',
      `A pause is what a timer of 1 ms is late by; wanted of a master: p99 below ${longestPause} ms.`,
      'Memory is resident: what the master has with its entries, and what each end gets on top of what it had, at most.',
    ],
    figures: {
      unit: 'ms',
      ratioRange: [rounded(quotients.min), rounded(quotients.max)],
      ...Object.fromEntries(names.map((name) => [name, figuresOf(name)])),
      longestPause,
      entries,
      rounds,
    },
  };
}
