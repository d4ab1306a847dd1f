/**
 * Fan-out: each small event to eight subscribers, four in each of two processes.
 */
import type { Bench } from '../harness/bench.js';
import { compareStreams } from '../sides/streams.js';

export const bench: Bench = {
  title: 'each small event to 8 subscribers in 2 processes, deliveries a second',
  order: 4,
  run: (setting) =>
    compareStreams(setting, {
      workload: 'small',
      subscribers: [4, 4],
      unit: 'deliveries/s',
      seconds: setting.seconds ?? 1.5,
      rounds: setting.rounds ?? 5,
    }),
};
