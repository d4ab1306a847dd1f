/**
 * Stores: local reads and acknowledged writes a second, at masters in memory and on disk and at a clone; beside what they are
 * built upon, a Map, a pair of sockets and lmdb-js, and beside SQLite where it is installed.
 */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Result, Setting } from '../harness/bench.js';
import type { Player } from '../harness/processes.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, type Summary, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { bareLmdb } from '../sides/bare-lmdb.js';
import { bareMap } from '../sides/bare-map.js';
import { bareOriginal, bareReplica } from '../sides/bare-replica.js';
import { type Durability, musterClone, musterMaster } from '../sides/muster-store.js';
import { sqlite, whySqliteIsMissing } from '../sides/sqlite.js';
import { starOf } from '../sides/star-layout.js';
import type { createStoreMeter } from '../sides/store-meter.js';
import { type ShapeName, shapes } from '../sides/store-shapes.js';

const entries = 100_000;
const fewEntries = 10_000;
const many = 64;
const shapeNames = Object.keys(shapes) as ShapeName[];

type Meter = Player<ReturnType<typeof createStoreMeter>>;

/** One side in one round, all a second. */
interface Measured {
  readonly reads: Readonly<Record<ShapeName, number>>;
  /** One write at a time, and many. */
  readonly one: number;
  readonly many: number;
}

interface Side {
  readonly title: string;
  open(setting: Setting): Promise<Meter>;
}

const sides = {
  map: { title: 'bare Map', open: ({ processes }) => processes.start(bareMap, undefined) },
  memory: { title: 'master, memory', open: (setting) => openMaster(setting) },
  clone: { title: 'clone', open: openClone },
  sockets: { title: 'bare Map and sockets', open: openReplica },
  bareLmdb: { title: 'bare lmdb-js', open: (setting) => openOnDisk(setting, bareLmdb, 'flushed') },
  lmdb: { title: 'master, lmdb', open: (setting) => openMaster(setting, 'flushed') },
  sqlite: { title: 'SQLite, WAL', open: (setting) => openOnDisk(setting, sqlite, 'flushed') },
  bareLmdbCommitted: {
    title: 'bare lmdb-js, committed',
    open: (setting) => openOnDisk(setting, bareLmdb, 'committed'),
  },
  lmdbCommitted: {
    title: 'master, lmdb, committed',
    open: (setting) => openMaster(setting, 'committed'),
  },
  sqliteCommitted: {
    title: 'SQLite, WAL, committed',
    open: (setting) => openOnDisk(setting, sqlite, 'committed'),
  },
} as const satisfies Record<string, Side>;

type SideName = keyof typeof sides;

/** Sides whose reads are measured in turns while all of them are there: of memory, other things that run change a lot. */
const readTogether: readonly (readonly SideName[])[] = [
  ['map', 'memory', 'clone'],
  ['bareLmdb', 'lmdb', 'sqlite'],
];
const turns = 7;

/** What each of Muster's sides is compared with, and what is wanted of the ratio. */
const comparisons = {
  'reads, memory ÷ Map': ['memory', 'map', ({ reads }) => reads.primitive, 0.7],
  'reads, clone ÷ Map': ['clone', 'map', ({ reads }) => reads.primitive, 0.7],
  'reads, lmdb ÷ lmdb-js': ['lmdb', 'bareLmdb', ({ reads }) => reads.primitive, 0.5],
  'reads, lmdb ÷ SQLite': ['lmdb', 'sqlite', ({ reads }) => reads.primitive, undefined],
  [`writes ×${many}, lmdb ÷ lmdb-js`]: ['lmdb', 'bareLmdb', (of) => of.many, 0.6],
  [`writes ×${many}, lmdb ÷ lmdb-js, committed`]: ['lmdbCommitted', 'bareLmdbCommitted', (of) => of.many, 0.6],
  [`writes ×${many}, lmdb ÷ SQLite`]: ['lmdb', 'sqlite', (of) => of.many, undefined],
  [`writes ×${many}, lmdb ÷ SQLite, committed`]: ['lmdbCommitted', 'sqliteCommitted', (of) => of.many, undefined],
  'writes ×1, lmdb ÷ lmdb-js': ['lmdb', 'bareLmdb', ({ one }) => one, undefined],
  'writes ×1, clone ÷ sockets': ['clone', 'sockets', ({ one }) => one, undefined],
  [`writes ×${many}, clone ÷ sockets`]: ['clone', 'sockets', (of) => of.many, undefined],
} as const satisfies Record<
  string,
  readonly [SideName, SideName, (measured: Measured) => number, wanted: number | undefined]
>;

export const bench: Bench = {
  title: `stores of ${short(entries)} entries: reads and acknowledged writes a second`,
  order: 11,
  async run(setting) {
    const { seconds = 0.3, rounds = 2 } = setting;
    const whyNot = whySqliteIsMissing();
    const isThere = (name: string) => whyNot === undefined || !name.startsWith('sqlite');
    const reads = new Map<string, number[]>();
    for (let round = 0; round < rounds; round++) {
      for (const names of readTogether) {
        for (const [name, rate] of await readInTurns(setting, names.filter(isThere), seconds / 2)) {
          reads.set(name, [...(reads.get(name) ?? []), rate]);
          setting.say(`round ${round + 1}: ${sides[name].title}: ${short(rate)} reads/s`);
        }
      }
    }
    const measureOne = (name: string, side: Side) => async (round: number) => {
      const one = await measure(setting, side, seconds, reads.get(name)?.[round]);
      setting.say(`round ${round + 1}: ${side.title}: ${short(one.many)} writes/s`);
      return one;
    };
    const chosen = Object.entries(sides).filter(([name]) => isThere(name));
    const measured = await interleave(
      rounds,
      Object.fromEntries(chosen.map(([name, side]) => [name, measureOne(name, side)])),
    );
    return report(measured, whyNot, { entries, inFlight: many, seconds, rounds });
  },
};

/** Reads a second of each side, the median of its turns. */
async function readInTurns(
  setting: Setting,
  names: readonly SideName[],
  seconds: number,
): Promise<Map<SideName, number>> {
  const shape = 'primitive';
  const meters = new Map<SideName, Meter>();
  for (const name of names) {
    const meter = await sides[name].open(setting);
    await meter.ask('fill', { shape, entries });
    meters.set(name, meter);
  }
  const read = (name: SideName) => () => (meters.get(name) as Meter).ask('reads', { shape, seconds });
  const rates = await interleave(turns, Object.fromEntries(names.map((name) => [name, read(name)])));
  await setting.processes.end();
  return new Map(names.map((name) => [name, median(rates[name] ?? [])]));
}

async function measure(
  setting: Setting,
  side: Side,
  seconds: number,
  primitive: number | undefined,
): Promise<Measured> {
  const meter = await side.open(setting);
  const shape = 'primitive';
  await meter.ask('fill', { shape, entries });
  const one = await meter.ask('writes', { shape, seconds, inFlight: 1 });
  const several = await meter.ask('writes', { shape, seconds, inFlight: many });
  const reads = { primitive: primitive ?? Number.NaN, object: Number.NaN, composite: Number.NaN };
  for (const shape of primitive === undefined ? [] : (['object', 'composite'] as const)) {
    await meter.ask('fill', { shape, entries: fewEntries });
    reads[shape] = await meter.ask('reads', { shape, seconds });
  }
  await setting.processes.end();
  return { reads, one, many: several };
}

async function openMaster(setting: Setting, durability?: Durability): Promise<Meter> {
  const { processes, stateDir } = setting;
  const disk = durability && { directory: await mkdtemp(join(stateDir, 'disk-')), durability };
  return processes.start(musterMaster, { layout: await starOf(['worker']), stateDir, ...(disk && { disk }) });
}

async function openClone({ processes, stateDir }: Setting): Promise<Meter> {
  const layout = await starOf(['worker']);
  await processes.start(musterMaster, { layout, stateDir });
  return processes.start(musterClone, { layout, stateDir });
}

async function openReplica({ processes }: Setting): Promise<Meter> {
  const original = await processes.start(bareOriginal, undefined);
  return processes.start(bareReplica, { endpoint: await original.ask('endpoint') });
}

async function openOnDisk(
  { processes, stateDir }: Setting,
  role: typeof bareLmdb | typeof sqlite,
  durability: Durability,
): Promise<Meter> {
  return processes.start(role, { directory: await mkdtemp(join(stateDir, 'disk-')), durability });
}

function report(
  measured: Readonly<Partial<Record<string, Measured[]>>>,
  whyNot: string | undefined,
  given: Readonly<Record<string, number>>,
): Result {
  const names = Object.keys(measured) as SideName[];
  const columns: readonly ((of: Measured) => number)[] = [
    ...shapeNames.map((shape) => (of: Measured) => of.reads[shape]),
    ({ one }) => one,
    (of) => of.many,
  ];
  const of = (name: SideName, column: (of: Measured) => number) => (measured[name] ?? []).map(column);
  const table: Table = [
    ['', 'reads/s', 'range', 'objects', 'composite keys', 'writes/s ×1', 'range', `×${many}`, 'range'],
    ...names.map((name) => {
      const [reads, objects, composite, one, several] = columns.map((column) => summarize(of(name, column))) as [
        Summary,
        Summary,
        Summary,
        Summary,
        Summary,
      ];
      const ranged = (summary: Summary) => [short(summary.median), Number.isNaN(summary.median) ? '' : range(summary)];
      return [
        sides[name].title,
        ...ranged(reads),
        short(objects.median),
        short(composite.median),
        ...ranged(one),
        ...ranged(several),
      ];
    }),
  ];
  const compared = Object.entries(comparisons)
    .filter(([, [one, other]]) => measured[one] !== undefined && measured[other] !== undefined)
    .map(([title, [one, other, column, wanted]]) => {
      return { title, wanted, ...summarize(ratios(of(one, column), of(other, column))) };
    });
  const figuresOf = (name: SideName) => {
    const [primitive, object, composite, one, several] = columns.map((column) => median(of(name, column)));
    const known = Object.entries({ primitive, object, composite }).filter(([, rate]) => !Number.isNaN(rate));
    return {
      reads: Object.fromEntries(known.map(([shape, rate]) => [shape, rounded(rate as number)])),
      writes: { 1: rounded(one as number), [many]: rounded(several as number) },
    };
  };
  const wantedOnes = compared.filter(({ wanted }) => wanted !== undefined);
  return {
    ratio: Math.min(...wantedOnes.map(({ median, wanted }) => median / (wanted as number))),
    table,
    notes: [
      ...compared.map(({ title, wanted, ...summary }) => {
        const aim = wanted === undefined ? '' : `, wanted ${wanted}`;
        return `${title}: ${short(summary.median)} [${range(summary)}]${aim}`;
      }),
      'ratio: the least of those that are wanted ÷ what is wanted of it.',
      'String keys and numbers, but for the columns that say otherwise. A Map gives out its own objects, a store copies.',
      'On disk each acknowledged write is flushed; committed: it is not, and outlives the process only.',
      ...(whyNot === undefined ? [] : [`skipped: SQLite: ${whyNot}`]),
    ],
    figures: {
      unit: '1/s',
      ratios: Object.fromEntries(
        compared.map(({ title, wanted, ...summary }) => [title, { ...roundedSummary(summary), wanted }]),
      ),
      sides: Object.fromEntries(names.map((name) => [name, figuresOf(name)])),
      skipped: whyNot === undefined ? {} : { sqlite: whyNot },
      ...given,
    },
  };
}
