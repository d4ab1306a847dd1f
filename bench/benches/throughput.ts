/**
 * Throughput: small events from one process to another, nothing lost, as fast as the publisher is let.
 */
import type { Bench } from '../harness/bench.js';
import { compareStreams } from '../sides/streams.js';

export const bench: Bench = {
  title: 'small events from one process to another, events a second',
  order: 1,
  run: (setting) =>
    compareStreams(setting, {
      workload: 'small',
      subscribers: [1],
      unit: 'events/s',
      seconds: setting.seconds ?? 1.5,
      rounds: setting.rounds ?? 5,
    }),
};
