/**
 * Streams: one publisher, some subscribers, through Muster and without it, in rounds of fresh processes; what benches of
 * rates have in common. A stream that loses, doubles, reorders or changes an event fails the bench.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LayoutDefinition } from '../../index.js';
import type { Result, Setting } from '../harness/bench.js';
import { busySeconds, cpuSeconds } from '../harness/machine.js';
import { freePorts } from '../harness/ports.js';
import type { Player } from '../harness/processes.js';
import { interleave } from '../harness/rounds.js';
import { median, ratios, rounded, roundedSummary, summarize } from '../harness/statistics.js';
import { range, short, type Table } from '../harness/table.js';
import { barePublisher, bareSubscriber } from './bare-stream.js';
import { cpuPerEvent, type Reading, rateOf } from './meter.js';
import { musterPublisher, musterSubscriber } from './muster-stream.js';
import { type WorkloadName, workloads } from './workloads.js';

export interface StreamSpec {
  readonly workload: WorkloadName;
  /** Subscribers in each process. */
  readonly subscribers: readonly number[];
  /** What is counted, such as `events/s`. */
  readonly unit: string;
  readonly seconds: number;
  readonly rounds: number;
}

/** One side in one round. */
interface Measured {
  /** Events a second, or MB a second if the workload counts them. */
  readonly rate: number;
  /** µs of CPU for each event that was published, and for each that was delivered. */
  readonly cpuOut: number;
  readonly cpuIn: number;
  /** MiB that the processes had at most. */
  readonly memoryOut: number;
  readonly memoryIn: number;
  /** Cores that were busy with something else. */
  readonly others: number;
}

interface Stream {
  readonly publisher: Player<{
    begin(): unknown;
    read(): Reading;
    finish(): { published: number; peakMemory: number } | Promise<{ published: number; peakMemory: number }>;
    faults(): string[];
  }>;
  readonly subscribers: readonly Player<{
    read(): Reading;
    counts(): number[];
    faults(): string[];
    peakMemory(): number;
  }>[];
}

/** What is not measured at the start of each round: compiling, growing heaps. */
const warmUp = 500;
/** Cores that may be busy with something else before it is told. */
const disturbing = 0.3;
/** How long the last events may take to arrive, in ms. */
const arrivalTimeout = 10_000;

export async function compareStreams(setting: Setting, spec: StreamSpec): Promise<Result> {
  const measured = await interleave(spec.rounds, {
    muster: async (round) => {
      const one = await measure(setting, spec, await openMuster(setting, spec));
      setting.say(`round ${round + 1}: Muster ${short(one.rate)} ${spec.unit}`);
      return one;
    },
    bare: async (round) => {
      const one = await measure(setting, spec, await openBare(setting, spec));
      setting.say(`round ${round + 1}: bare ${short(one.rate)} ${spec.unit}`);
      return one;
    },
  });
  return report(spec, measured);
}

async function openMuster({ processes, stateDir }: Setting, spec: StreamSpec): Promise<Stream> {
  const [port = 0] = await freePorts(1);
  const groups = numbered(spec.subscribers).map((numbers) => numbers.map((number) => `worker-${number}`));
  const workers = groups.flat();
  const layout: LayoutDefinition = {
    manager: { nodeType: 'manager', ip: '127.0.0.1', port },
    ...Object.fromEntries(workers.map((name) => [name, { nodeType: 'worker', ip: '127.0.0.1' }])),
  };
  const input = { layout, stateDir, workload: spec.workload };
  const publisher = await processes.start(musterPublisher, { ...input, workers });
  const subscribers = await Promise.all(
    groups.map((group) => processes.start(musterSubscriber, { ...input, workers: group })),
  );
  return { publisher, subscribers };
}

async function openBare({ processes }: Setting, spec: StreamSpec): Promise<Stream> {
  const { workload } = spec;
  const groups = numbered(spec.subscribers);
  const publisher = await processes.start(barePublisher, { workload, subscribers: groups.flat().length });
  const endpoint = await publisher.ask('endpoint');
  const subscribers = await Promise.all(
    groups.map((numbers) => processes.start(bareSubscriber, { workload, endpoint, numbers })),
  );
  return { publisher, subscribers };
}

async function measure(setting: Setting, spec: StreamSpec, { publisher, subscribers }: Stream): Promise<Measured> {
  const players = [publisher, ...subscribers];
  const readAll = () => Promise.all([publisher.ask('read'), ...subscribers.map((player) => player.ask('read'))]);
  await publisher.ask('begin');
  await sleep(warmUp);
  const others = watchOthers(players.map(({ pid }) => pid));
  const before = await readAll();
  await sleep(spec.seconds * 1_000);
  const after = await readAll();
  const othersUsed = others();
  const { published, peakMemory } = await publisher.ask('finish');
  await arrive(subscribers, published);
  await refuseFaults(publisher, subscribers);
  const memoryIn = await Promise.all(subscribers.map((subscriber) => subscriber.ask('peakMemory')));
  await setting.processes.end(players);

  const pairs = before.map((reading, i) => [reading, after[i] as Reading] as const);
  const [out, ...into] = pairs as [(typeof pairs)[number], ...typeof pairs];
  const { payload } = workloads[spec.workload];
  const perSecond = into.reduce((sum, [from, to]) => sum + rateOf(from, to), 0);
  return {
    rate: payload === 0 ? perSecond : (perSecond * payload) / 1e6,
    cpuOut: cpuPerEvent(...out),
    cpuIn: median(into.map(([from, to]) => cpuPerEvent(from, to))),
    memoryOut: peakMemory,
    memoryIn: Math.max(...memoryIn),
    others: othersUsed,
  };
}

/** Cores that are busy with other things than these processes and this one, from now to the call of the result. */
function watchOthers(pids: readonly number[]): () => number {
  const ours = () => [process.pid, ...pids].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const [start, busy, own] = [performance.now(), busySeconds(), ours()];
  return () => Math.max(0, ((busySeconds() - busy - (ours() - own)) * 1_000) / (performance.now() - start));
}

/** @throws `Error` unless each subscriber gets as many events as were published. */
async function arrive(subscribers: Stream['subscribers'], published: number): Promise<void> {
  const deadline = performance.now() + arrivalTimeout;
  for (;;) {
    const counts = (await Promise.all(subscribers.map((subscriber) => subscriber.ask('counts')))).flat();
    if (counts.every((count) => count === published)) return;
    if (performance.now() > deadline || counts.some((count) => count > published)) {
      throw new Error(`${published} events were published, but ${counts.join(', ')} arrived`);
    }
    await sleep(20);
  }
}

/** @throws `Error` if anybody saw anything else than what was published. */
async function refuseFaults(publisher: Stream['publisher'], subscribers: Stream['subscribers']): Promise<void> {
  const all = await Promise.all([publisher.ask('faults'), ...subscribers.map((player) => player.ask('faults'))]);
  const faults = all.flat();
  if (faults.length > 0) throw new Error(`the stream is not what was published: ${faults.join('; ')}`);
}

/** `[2, 1]` → `[[0, 1], [2]]` */
function numbered(sizes: readonly number[]): number[][] {
  let next = 0;
  return sizes.map((size) => Array.from({ length: size }, () => next++));
}

/** Two cores are not enough for a stream and for something else. */
function disturbances(measured: readonly Measured[]): string[] {
  const count = measured.filter(({ others }) => others > disturbing).length;
  if (count === 0) return [];
  return [
    `Other programs kept more than ${disturbing} of a core busy in ${count} of ${measured.length} measurements: rates are too ` +
      'low then, and the CPU per event says more.',
  ];
}

function report(spec: StreamSpec, { muster, bare }: Record<'muster' | 'bare', Measured[]>): Result {
  const sides = { Muster: muster, 'bare zeromq.js + msgpackr': bare };
  const column = (of: readonly Measured[], key: keyof Measured) => of.map((one) => one[key]);
  const pairs = summarize(ratios(column(muster, 'rate'), column(bare, 'rate')));
  const table: Table = [
    ['', spec.unit, 'range', '× ceiling', 'range', 'CPU µs out', 'in', 'peak MB out', 'in', "others' cores"],
    ...Object.entries(sides).map(([title, of]) => [
      title,
      short(median(column(of, 'rate'))),
      range(summarize(column(of, 'rate'))),
      ...(of === muster ? [short(pairs.median), range(pairs)] : ['1', '']),
      ...(['cpuOut', 'cpuIn', 'memoryOut', 'memoryIn', 'others'] as const).map((key) => short(median(column(of, key)))),
    ]),
  ];
  const figuresOf = (of: readonly Measured[]) => ({
    ...roundedSummary(summarize(column(of, 'rate'))),
    cpuMicrosPerEvent: { out: rounded(median(column(of, 'cpuOut'))), in: rounded(median(column(of, 'cpuIn'))) },
    peakMebibytes: { out: rounded(median(column(of, 'memoryOut'))), in: rounded(median(column(of, 'memoryIn'))) },
    othersCores: Number(median(column(of, 'others')).toFixed(2)),
  });
  return {
    ratio: pairs.median,
    table,
    notes: disturbances([...muster, ...bare]),
    figures: {
      unit: spec.unit,
      ratioRange: [rounded(pairs.min), rounded(pairs.max)],
      muster: figuresOf(muster),
      bare: figuresOf(bare),
      rounds: spec.rounds,
      seconds: spec.seconds,
    },
  };
}
