/**
 * Cuts: breaks the connection between a publisher and a subscriber again and again, and measures how long each cut lasts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Setting } from '../harness/bench.js';
import type { Player } from '../harness/processes.js';
import { arrive } from './arrive.js';
import { bareCutSubscriber, barePacedPublisher } from './bare-reconnect.js';
import { cutter } from './cutter.js';
import { cutSubscriber, pacedPublisher } from './muster-reconnect.js';
import { starOf } from './star-layout.js';

export interface CutsSpec {
  /** Events a second. */
  readonly rate: number;
  readonly cuts: number;
  /** No more cuts are made after so many seconds. */
  readonly seconds: number;
}

export interface CutsMeasured {
  /** For each cut, ms until the first event on the next connection. */
  readonly times: readonly number[];
  readonly published: number;
  /** Events that did not arrive. */
  readonly lost: number;
}

/** ms from the first event on a connection to the next cut: from the first value to the second, at random. */
const pause = [2, 12] as const;

/** @throws `Error` if an event is lost, doubled, out of order or changed. */
export async function cutMuster({ processes, stateDir }: Setting, spec: CutsSpec): Promise<CutsMeasured> {
  const layout = await starOf(['worker']);
  const publisher = await processes.start(pacedPublisher, { layout, stateDir });
  const proxy = await processes.start(cutter, { target: layout.manager.port });
  const manager = { ...layout.manager, port: await proxy.ask('port') };
  const subscriber = await processes.start(cutSubscriber, { layout: { ...layout, manager }, stateDir });
  await publisher.ask('begin', spec.rate);
  const times = await cutOften(proxy, subscriber, spec);
  const published = await publisher.ask('stop');
  await arrive([subscriber], published);
  const faults = [...(await publisher.ask('faults')), ...(await subscriber.ask('faults'))];
  if (faults.length > 0) throw new Error(`the stream is not what was published: ${faults.join('; ')}`);
  await processes.end([subscriber, proxy, publisher]);
  return { times, published, lost: 0 };
}

export async function cutBare({ processes }: Setting, spec: CutsSpec): Promise<CutsMeasured> {
  const publisher = await processes.start(barePacedPublisher, undefined);
  const proxy = await processes.start(cutter, { target: await publisher.ask('port') });
  const subscriber = await processes.start(bareCutSubscriber, { port: await proxy.ask('port') });
  await publisher.ask('begin', spec.rate);
  const times = await cutOften(proxy, subscriber, spec);
  const published = await publisher.ask('stop');
  const lost = published - (await subscriber.ask('received'));
  await processes.end([subscriber, proxy, publisher]);
  return { times, published, lost };
}

/** @throws `Error` if the connection breaks by itself. */
async function cutOften(
  proxy: Player<{ cut(): number }>,
  subscriber: Player<{ first(connections: number): Promise<number> }>,
  { cuts, seconds }: CutsSpec,
): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + seconds * 1_000;
  await subscriber.ask('first', 1);
  while (times.length < cuts && performance.now() < end) {
    await sleep(pause[0] + Math.random() * (pause[1] - pause[0]));
    const cut = await proxy.ask('cut');
    const time = (await subscriber.ask('first', times.length + 2)) - cut;
    if (time < 0) throw new Error(`the connection was gone ${-time} ms before cut ${times.length + 1}`);
    times.push(time);
  }
  return times;
}
