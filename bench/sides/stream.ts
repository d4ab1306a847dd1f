/**
 * Stream: one publisher, some subscribers, in processes of their own, measured once. A stream that loses, doubles,
 * reorders or changes an event fails the bench.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LayoutDefinition } from '../../index.js';
import type { Setting } from '../harness/bench.js';
import { busySeconds, cpuSeconds } from '../harness/machine.js';
import type { AnyPlayer, Player } from '../harness/processes.js';
import { median } from '../harness/statistics.js';
import { arrive } from './arrive.js';
import { cpuPerEvent, type Reading, rateOf } from './meter.js';
import { type MusterStreamInput, musterPublisher, musterSubscriber } from './muster-stream.js';
import { starOf } from './star-layout.js';
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

/** A process between publisher and subscribers, that of `pid`. The player ends it. */
export interface Broker {
  readonly player: AnyPlayer;
  readonly pid: number;
}

/** One side in one round. */
export interface Measured {
  /** Events a second, or MB a second if the workload counts them. */
  readonly rate: number;
  /** µs of CPU for each event that was published, and for each that was delivered. */
  readonly cpuOut: number;
  readonly cpuIn: number;
  /** µs of CPU that a broker took for each event that was published; 0 without one. */
  readonly cpuBetween: number;
  /** MiB that the processes had at most. */
  readonly memoryOut: number;
  readonly memoryIn: number;
  /** Cores that were busy with something else. */
  readonly others: number;
}

export interface Stream {
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
  readonly broker?: Broker;
}

/** Makes the layout of a manager and nodes of these names. */
export type LayoutOf = (names: readonly string[]) => Promise<LayoutDefinition>;

/** What is not measured at the start of each round: compiling, growing heaps. */
const warmUp = 500;

/**
 * @param extra - Options of all nodes, besides those of the bench.
 */
export async function openMusterStream(
  { processes, stateDir }: Setting,
  spec: StreamSpec,
  layoutOf: LayoutOf = starOf,
  extra: Pick<MusterStreamInput, 'options'> = {},
) {
  const groups = numbered(spec.subscribers).map((numbers) => numbers.map((number) => `worker-${number}`));
  const workers = groups.flat();
  const layout = await layoutOf(workers);
  const input = { layout, stateDir, workload: spec.workload, ...extra };
  const publisher = await processes.start(musterPublisher, { ...input, workers });
  const subscribers = await Promise.all(
    groups.map((group) => processes.start(musterSubscriber, { ...input, workers: group })),
  );
  return { publisher, subscribers };
}

export async function measureStream(
  { processes }: Setting,
  spec: StreamSpec,
  { publisher, subscribers, broker }: Stream,
): Promise<Measured> {
  const players = [publisher, ...subscribers];
  const readAll = () => Promise.all([publisher.ask('read'), ...subscribers.map((player) => player.ask('read'))]);
  await publisher.ask('begin');
  await sleep(warmUp);
  const others = watchOthers([...players, ...(broker === undefined ? [] : [broker])].map(({ pid }) => pid));
  const brokerBefore = secondsOf(broker);
  const before = await readAll();
  await sleep(spec.seconds * 1_000);
  const after = await readAll();
  const brokerUsed = secondsOf(broker) - brokerBefore;
  const othersUsed = others();
  const { published, peakMemory } = await publisher.ask('finish');
  await arrive(subscribers, published);
  await refuseFaults(publisher, subscribers);
  const memoryIn = await Promise.all(subscribers.map((subscriber) => subscriber.ask('peakMemory')));
  await processes.end([...players, ...(broker === undefined ? [] : [broker.player])]);

  const pairs = before.map((reading, i) => [reading, after[i] as Reading] as const);
  const [out, ...into] = pairs as [(typeof pairs)[number], ...typeof pairs];
  const { payload } = workloads[spec.workload];
  const perSecond = into.reduce((sum, [from, to]) => sum + rateOf(from, to), 0);
  return {
    rate: payload === 0 ? perSecond : (perSecond * payload) / 1e6,
    cpuOut: cpuPerEvent(...out),
    cpuIn: median(into.map(([from, to]) => cpuPerEvent(from, to))),
    cpuBetween: (1e6 * brokerUsed) / (out[1].events - out[0].events),
    memoryOut: peakMemory,
    memoryIn: Math.max(...memoryIn),
    others: othersUsed,
  };
}

/** Seconds of CPU. */
function secondsOf(broker: Broker | undefined): number {
  return broker === undefined ? 0 : cpuSeconds(broker.pid);
}

/** Cores that are busy with other things than these processes and this one, from now to the call of the result. */
export function watchOthers(pids: readonly number[]): () => number {
  const ours = () => [process.pid, ...pids].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const [start, busy, own] = [performance.now(), busySeconds(), ours()];
  return () => Math.max(0, ((busySeconds() - busy - (ours() - own)) * 1_000) / (performance.now() - start));
}

/** @throws `Error` if anybody saw anything else than what was published. */
async function refuseFaults(publisher: Stream['publisher'], subscribers: Stream['subscribers']): Promise<void> {
  const all = await Promise.all([publisher.ask('faults'), ...subscribers.map((player) => player.ask('faults'))]);
  const faults = all.flat();
  if (faults.length > 0) throw new Error(`the stream is not what was published: ${faults.join('; ')}`);
}

/** `[2, 1]` → `[[0, 1], [2]]` */
export function numbered(sizes: readonly number[]): number[][] {
  let next = 0;
  return sizes.map((size) => Array.from({ length: size }, () => next++));
}
