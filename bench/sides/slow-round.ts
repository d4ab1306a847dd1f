/**
 * Slow round: one publisher, some subscribers, of which the first stops reading for a while, measured once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OptionsInput } from '../../index.js';
import type { Setting } from '../harness/bench.js';
import { watchMemory } from '../harness/memory-watch.js';
import { median } from '../harness/statistics.js';
import { type Loss, lossOf } from './accounts.js';
import { type Reading, rateOf } from './meter.js';
import { slowPublisher, slowSubscriber } from './muster-slow.js';
import { starOf } from './star-layout.js';

export interface SlowRound {
  /** Names of the subscribers; the first is the slow one. */
  readonly workers: readonly [string, ...string[]];
  /** Events a second. */
  readonly rate: number;
  /** How long the slow one does not read. */
  readonly seconds: number;
  /** Of the publisher. */
  readonly options: OptionsInput;
}

export interface SlowMeasured {
  /** Events a second at each of the others, the median of them: before, and while the slow one does not read. */
  readonly before: number;
  readonly during: number;
  /** The quotient of the two at the one of them where it is least. */
  readonly least: number;
  /** MiB that publisher and slow one had more than before, at most. */
  readonly memoryOut: number;
  readonly memoryIn: number;
  /** What did not arrive at the slow one. */
  readonly loss: Loss;
  /** Events that did not arrive at the others, who were too slow for a moment. */
  readonly othersLack: number;
}

/** In seconds: what is not measured at first, how long the usual rate is, and how long the stream goes on at the end. */
const phases = { warmUp: 1, before: 1.5, after: 1 };

/** @throws `Error` if the accounts do not agree, or an event is lost under the policy `block`. */
export async function measureSlowRound(
  { processes, stateDir }: Setting,
  { workers, rate, seconds, options }: SlowRound,
): Promise<SlowMeasured> {
  const layout = await starOf(workers);
  const publisher = await processes.start(slowPublisher, { layout, stateDir, workers, options });
  const subscribers = await Promise.all(
    workers.map((worker) => processes.start(slowSubscriber, { layout, stateDir, worker })),
  );
  const [slow, ...others] = subscribers as [(typeof subscribers)[number], ...typeof subscribers];
  const readAll = () => Promise.all(others.map((other) => other.ask('read')));

  await publisher.ask('begin', rate);
  await sleep(phases.warmUp * 1_000);
  const first = await readAll();
  await sleep(Math.min(phases.before, seconds) * 1_000);
  const memory = [publisher, slow].map(({ pid }) => watchMemory(pid));
  const stalled = await readAll();
  await slow.ask('stall', seconds * 1_000);
  const awake = await readAll();
  await sleep(phases.after * 1_000);
  await publisher.ask('stop');

  const losses = await lossesOf(publisher, workers, subscribers, options.overflow);
  const [memoryOut = Number.NaN, memoryIn = Number.NaN] = memory.map((most) => most());
  await processes.end([publisher, ...subscribers]);

  const [before, during] = [rates(first, stalled), rates(stalled, awake)];
  const least = Math.min(...during.map((during, i) => during / (before[i] as number)));
  return { before: median(before), during: median(during), least, memoryOut, memoryIn, ...losses };
}

/** Of the first subscriber and of the others. */
async function lossesOf(
  publisher: Parameters<typeof lossOf>[1],
  workers: readonly string[],
  subscribers: readonly Parameters<typeof lossOf>[2][],
  overflow: OptionsInput['overflow'],
): Promise<Pick<SlowMeasured, 'loss' | 'othersLack'>> {
  const isExact = overflow !== 'disconnect';
  const all = subscribers.map((subscriber, i) => lossOf(workers[i] as string, publisher, subscriber, isExact));
  const [loss, ...others] = (await Promise.all(all)) as [Loss, ...Loss[]];
  const othersLack = others.reduce((sum, { missing }) => sum + missing, 0);
  if (overflow === 'block' && loss.missing + othersLack > 0) {
    throw new Error(`${loss.missing} events are missing at the slow one, ${othersLack} at others; block may lose none`);
  }
  return { loss, othersLack };
}

function rates(before: readonly Reading[], after: readonly Reading[]): number[] {
  return before.map((reading, i) => rateOf(reading, after[i] as Reading));
}
