/**
 * Large: events with 4 KiB of bytes from one process to another.
 */
import type { Bench } from '../harness/bench.js';
import { compareStreams } from '../sides/streams.js';

export const bench: Bench = {
  title: 'events with 4 KiB of bytes from one process to another, MB a second',
  order: 3,
  run: (setting) =>
    compareStreams(setting, {
      workload: 'large',
      subscribers: [1],
      unit: 'MB/s',
      seconds: setting.seconds ?? 1.5,
      rounds: setting.rounds ?? 5,
    }),
};
